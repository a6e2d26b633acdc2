// What is wrong in Skulpt's datetime, put right in its source: lengths of time are true although they are 0, moments of
// different zones are never equal, nothing of it has a hash, a moment without a zone can't be asked whether it equals one.

const STATES = {
  timedelta: "(self._days, self._seconds, self._microseconds)",
  "date(object)": "(self._year, self._month, self._day)",
  "time(object)": "((self._hour, self._minute, self._second, self._microsecond),)",
  "datetime(date)":
    "((self._year, self._month, self._day, self._hour, self._minute, self._second, self._microsecond),)",
};
const SAME_KIND = "(self._utcoffset() is None) == (other._utcoffset() is None)";

/** The source of the module, mended; an error when a place that must change is not there. */
export function mended(source) {
  // The first of two: a time of the day is true at midnight, too.
  const parts = source.replace("def __nonzero__(", "def __bool__(").split(/^(?=class )/m);
  for (const [name, state] of Object.entries(STATES)) {
    const at = parts.findIndex((part) => part.startsWith(`class ${name}`));
    const [before, after] = at < 0 ? [] : parts[at].split("    def __hash__(self):", 2);
    if (after === undefined) throw new Error(`Skulpt's datetime has no class ${name} with a hash.`);
    parts[at] = `${before}    def _getstate(self):\n        return ${state}\n\n    def __hash__(self):${after}`;
  }
  const last = parts.findIndex((part) => part.startsWith("class datetime(date)"));
  parts[last] = parts[last]
    .replace("return self._cmp(other) == 0", `return ${SAME_KIND} and self._cmp(other) == 0`)
    .replace("return self._cmp(other) != 0", "return not self == other");
  return parts.join("");
}
