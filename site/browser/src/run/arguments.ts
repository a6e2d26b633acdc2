/// What is typed into the form of a script, and what it becomes: arguments, or the values of a call. DOM-free.
import type { FormField, FormShown, Given, Run } from "../api/types.ts";

/// By the field's name: text (a list has one value a line), or whether a flag is on.
export type Typed = Readonly<Record<string, string | boolean>>;

/// What was typed into a field, as texts; empty lines of a list are no values.
function texts(field: FormField, typed: Typed): string[] {
  const value = typed[field.name];
  if (typeof value !== "string") return [];
  const lines = field.many ? value.split("\n") : [value];
  const kept = field.type === "text" && !field.many ? lines : lines.map((line) => line.trim());
  return kept.filter((line) => line !== "");
}

/// Whether a flag is on: as it was set, else as it stands at first.
export function isOn(field: FormField, typed: Typed): boolean {
  const value = typed[field.name];
  return typeof value === "boolean" ? value : field.is_on;
}

/// What is wrong with what was typed, by field; empty when nothing is.
export function problemsOf(form: FormShown, typed: Typed): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const field of form.fields) {
    const problem = problemOf(field, texts(field, typed), form.kind);
    if (problem) problems[field.name] = problem;
  }
  return problems;
}

function problemOf(field: FormField, values: readonly string[], kind: FormShown["kind"]): string {
  if (field.type === "flag") return "";
  if (values.length === 0) return field.required ? "This is needed." : "";
  if (field.many && values.length < field.least) return `At least ${field.least} values, one a line.`;
  if (field.many && field.most !== null && values.length > field.most) return `At most ${field.most} values.`;
  for (const value of values) {
    if (field.type === "integer" && !/^[+-]?\d+$/.test(value)) return "Type a whole number.";
    // What is sent as a number of JSON must come through as it is.
    if (field.type === "integer" && kind === "signature" && !Number.isSafeInteger(Number(value))) {
      return "That number is too large.";
    }
    if (field.type === "number" && !(/\d/.test(value) && Number.isFinite(Number(value)))) return "Type a number.";
    if (field.type === "choice" && !field.choices.includes(value)) return `One of ${field.choices.join(", ")}.`;
  }
  return "";
}

/// What follows `main.py` for argparse: options first, so that a list of values can't swallow a positional argument.
export function argvOf(form: FormShown, typed: Typed): string[] {
  const options: string[] = [];
  const positional: string[] = [];
  let isOpen = false;
  for (const field of form.fields) {
    const values = texts(field, typed);
    if (!field.flag) positional.push(...values);
    else if (field.type === "flag") options.push(...(isOn(field, typed) ? [field.flag] : []));
    else {
      options.push(...optionOf(field, values));
      isOpen ||= values.length > 0 && field.action === "store" && (field.many || field.least === 0);
    }
  }
  const needsEnd = positional.length > 0 && (isOpen || positional.some((value) => value.startsWith("-")));
  return [...options, ...(needsEnd ? ["--"] : []), ...positional];
}

function optionOf(field: FormField, values: readonly string[]): string[] {
  const [first] = values;
  if (first === undefined) return [];
  if (field.action === "boolean") return [first === "yes" ? field.flag : field.flag.replace(/^--/, "--no-")];
  if (field.action === "count") return Array.from({ length: Math.min(Number(first), 100) }, () => field.flag);
  if (field.action === "store" && field.many) return [field.flag, ...values];
  // A value that looks like an option is bound to its own.
  return values.flatMap((value) => (value.startsWith("-") ? [`${field.flag}=${value}`] : [field.flag, value]));
}

/// The values for a call of the main function; what was left empty is left to its default.
export function valuesOf(form: FormShown, typed: Typed): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const field of form.fields) {
    if (field.type === "flag") {
      values[field.name] = isOn(field, typed);
      continue;
    }
    const isNumber = field.type === "integer" || field.type === "number";
    const read = texts(field, typed).map((text) => (isNumber ? Number(text) : text));
    if (read.length > 0) values[field.name] = field.many ? read : read[0];
  }
  return values;
}

/// The words of a command line, with quotes and backslashes as a shell reads them; null when a quote is left open.
export function shellWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  for (let i = 0; i < text.length; i += 1) {
    const at = text[i] ?? "";
    if (quote === "'") {
      if (at === "'") quote = "";
      else word += at;
    } else if (at === "\\") {
      i += 1;
      const next = text[i] ?? "";
      word = (word ?? "") + (quote && !'"\\$`'.includes(next) ? `\\${next}` : next);
    } else if (quote) {
      if (at === quote) quote = "";
      else word += at;
    } else if (at === "'" || at === '"') {
      quote = at;
      word ??= "";
    } else if (/\s/.test(at)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? "") + at;
  }
  if (quote) return null;
  if (word !== null) words.push(word);
  return words;
}

/// A word as a shell takes it.
export function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function pythonText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonText).join(", ")}]`;
  if (typeof value !== "string") return String(value);
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;
}

/// What a run was given, as somebody would write it: a command line, or a call; "" when it was given nothing.
export function givenText(given: Given): string {
  if (given.values) {
    const values = Object.entries(given.values).map(([name, value]) => `${name}=${pythonText(value)}`);
    return `main(${values.join(", ")})`;
  }
  const args = given.args ?? [];
  return args.length > 0 ? ["python", "main.py", ...args.map((arg) => shellQuoted(String(arg)))].join(" ") : "";
}

/// What a run of the past was given.
export function givenOf(run: Run): Given {
  return run.values ? { values: run.values } : { args: run.args ?? [] };
}
