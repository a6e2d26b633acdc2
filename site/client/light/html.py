"""What Python's html has, for Skulpt: escape, and unescape with the entities that texts use."""

_NAMED = {
    "amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": "\u00a0", "copy": "\u00a9", "reg": "\u00ae",
    "trade": "\u2122", "hellip": "\u2026", "mdash": "\u2014", "ndash": "\u2013", "lsquo": "\u2018", "rsquo": "\u2019",
    "ldquo": "\u201c", "rdquo": "\u201d", "laquo": "\u00ab", "raquo": "\u00bb", "euro": "\u20ac", "pound": "\u00a3",
    "yen": "\u00a5", "cent": "\u00a2", "sect": "\u00a7", "para": "\u00b6", "deg": "\u00b0", "plusmn": "\u00b1",
    "times": "\u00d7", "divide": "\u00f7", "frac12": "\u00bd", "frac14": "\u00bc", "sup2": "\u00b2", "sup3": "\u00b3",
    "micro": "\u00b5", "middot": "\u00b7", "bull": "\u2022", "auml": "\u00e4", "ouml": "\u00f6", "uuml": "\u00fc",
    "Auml": "\u00c4", "Ouml": "\u00d6", "Uuml": "\u00dc", "szlig": "\u00df", "eacute": "\u00e9", "egrave": "\u00e8",
    "agrave": "\u00e0", "aacute": "\u00e1", "ccedil": "\u00e7", "ntilde": "\u00f1", "larr": "\u2190", "rarr": "\u2192",
    "uarr": "\u2191", "darr": "\u2193", "ne": "\u2260", "le": "\u2264", "ge": "\u2265", "infin": "\u221e",
}  # fmt: skip


def escape(s, quote=True):
    s = s.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if quote:
        s = s.replace('"', "&quot;").replace("'", "&#x27;")
    return s


def _character(name):
    if not name.startswith("#"):
        return _NAMED.get(name)
    try:
        number = int(name[2:], 16) if name[1:2] in ("x", "X") else int(name[1:])
    except ValueError:
        return None
    return chr(number) if 0 < number < 0x110000 else "\ufffd"


def unescape(s):
    parts = s.split("&")
    made = [parts[0]]
    for part in parts[1:]:
        end = part.find(";")
        character = _character(part[:end]) if 0 < end < 12 else None
        made.append("&" + part if character is None else character + part[end + 1 :])
    return "".join(made)
