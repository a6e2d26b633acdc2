/// What ruff and the language server found, as marks in the code. DOM-free.
import type { Diagnostic } from "@codemirror/lint";
import type { Text } from "@codemirror/state";

interface Place {
  readonly row: number;
  readonly column: number;
}

export interface Finding {
  readonly code: string | null;
  readonly message: string;
  readonly location: Place;
  readonly end_location: Place;
  readonly fix: {
    readonly message: string | null;
    readonly edits: readonly {
      readonly content: string;
      readonly location: Place;
      readonly end_location: Place;
    }[];
  } | null;
}

export interface ServerFinding {
  readonly range: { readonly start: LinePlace; readonly end: LinePlace };
  readonly severity: number;
  readonly code: string;
  readonly message: string;
}

interface LinePlace {
  readonly line: number;
  readonly character: number;
}

/// Where a place is: rows and columns from 1, columns in whole characters, which may be two units of a string.
export function offsetOf(doc: Text, place: Place): number {
  if (place.row > doc.lines) return doc.length;
  const line = doc.line(Math.max(1, place.row));
  let at = 0;
  for (let left = place.column - 1; left > 0 && at < line.text.length; left -= 1) {
    at += (line.text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return line.from + at;
}

/// Mistakes that stop the code from running are errors; the rest is worth a look.
const ERRORS = /^(invalid-syntax|E9|F82|F63|F7|PLE)/;

export function marksOf(doc: Text, findings: readonly Finding[]): Diagnostic[] {
  return findings.map((finding) => {
    const from = offsetOf(doc, finding.location);
    const to = Math.max(from, offsetOf(doc, finding.end_location));
    return {
      from,
      to,
      severity: ERRORS.test(finding.code ?? "invalid-syntax") ? "error" : "warning",
      source: finding.code && finding.code !== "invalid-syntax" ? finding.code : "syntax",
      message: finding.message,
      actions: finding.fix ? [fixOf(finding.fix)] : [],
    };
  });
}

type Fix = NonNullable<Finding["fix"]>;

function fixOf(fix: Fix) {
  return {
    name: fix.message ?? "Mend it",
    apply: (view: { state: { doc: Text }; dispatch: (change: { changes: Change[] }) => void }) =>
      view.dispatch({ changes: changesOf(view.state.doc, fix) }),
  };
}

interface Change {
  from: number;
  to: number;
  insert: string;
}

/// The changes of a fix; it was made for the text that is checked, and goes when that is typed in.
export function changesOf(doc: Text, fix: Fix): Change[] {
  return fix.edits.map((edit) => ({
    from: offsetOf(doc, edit.location),
    to: offsetOf(doc, edit.end_location),
    insert: edit.content,
  }));
}

const SEVERITIES = ["error", "error", "warning", "info", "hint"] as const;

export function marksOfServer(doc: Text, findings: readonly ServerFinding[]): Diagnostic[] {
  const at = ({ line, character }: LinePlace) => {
    if (line >= doc.lines) return doc.length;
    const found = doc.line(line + 1);
    return Math.min(found.to, found.from + character);
  };
  return findings.map((finding) => {
    const from = at(finding.range.start);
    const severity = SEVERITIES[finding.severity] ?? "warning";
    return {
      from,
      to: Math.max(from, at(finding.range.end)),
      // Types are advice: code with wrong ones may run well.
      severity: severity === "error" ? "warning" : severity,
      source: finding.code || "types",
      message: finding.message,
    };
  });
}

/// What is found by both is said once: ruff knows names, imports and syntax, the server knows types.
export function withoutDoubles(checked: readonly Diagnostic[], typed: readonly Diagnostic[]): Diagnostic[] {
  const isDouble = (one: Diagnostic) =>
    checked.some((other) => other.from <= one.to && one.from <= other.to && other.severity === "error") ||
    /^(parse-error|unknown-name|invalid-syntax|unused-)/.test(one.source ?? "");
  return [...checked, ...typed.filter((one) => !isDouble(one))];
}
