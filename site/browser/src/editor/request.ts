/// A request that is being put together in the request pane: its parts, its address, its bytes, its curl line. DOM-free.

export const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] as const;

export interface Row {
  readonly name: string;
  readonly value: string;
}

export type BodyKind = "none" | "json" | "form" | "text" | "file";

export interface Draft {
  readonly method: string;
  /// As it is typed: may hold `:name` parameters and a query.
  readonly path: string;
  /// Values of the path's `:name` parameters.
  readonly params: Readonly<Record<string, string>>;
  readonly query: readonly Row[];
  readonly headers: readonly Row[];
  readonly body_kind: BodyKind;
  readonly text: string;
  readonly form: readonly Row[];
}

export const EMPTY: Draft = {
  method: "GET",
  path: "/",
  params: {},
  query: [],
  headers: [],
  body_kind: "none",
  text: "",
  form: [],
};

/// A file that is sent as the body.
export interface Chosen {
  readonly name: string;
  readonly type: string;
}

const PARAMETER = /:([A-Za-z_][A-Za-z0-9_]*)/g;

export function paramsIn(path: string): string[] {
  const names = [...(path.split("?")[0] ?? "").matchAll(PARAMETER)].map((match) => match[1] ?? "");
  return [...new Set(names)];
}

/// Path and query as they stand in a request line: encoded, parameters filled in (with their own name when empty).
export function targetOf(draft: Draft): string {
  const [typed = "", ...rest] = draft.path.split("?");
  const filled = typed.replace(PARAMETER, (_, name: string) => encodeURIComponent(draft.params[name] || name));
  const url = new URL("http://host/");
  // Set, not parsed: "//a" is a path here, not a host.
  url.pathname = filled.startsWith("/") ? filled : `/${filled}`;
  url.search = rest.join("?").replace(/#.*/s, "");
  const query = encodeRows(draft.query);
  const joined = [url.search.slice(1), query].filter(Boolean).join("&");
  return url.pathname + (joined ? `?${joined}` : "");
}

function encodeRows(rows: readonly Row[]): string {
  return new URLSearchParams(rows.filter((row) => row.name).map((row) => [row.name, row.value])).toString();
}

export function takesBody(method: string): boolean {
  return !["GET", "HEAD", "OPTIONS"].includes(method);
}

const TYPES: Readonly<Record<BodyKind, string>> = {
  none: "",
  json: "application/json",
  form: "application/x-www-form-urlencoded",
  text: "text/plain; charset=utf-8",
  file: "application/octet-stream",
};

/// The headers to send: those typed, and what the body is unless that was typed.
export function headersOf(draft: Draft, file: Chosen | null): Row[] {
  const typed = draft.headers.filter((row) => row.name.trim()).map((row) => ({ ...row, name: row.name.trim() }));
  const kind = takesBody(draft.method) ? draft.body_kind : "none";
  if (kind === "none" || typed.some((row) => row.name.toLowerCase() === "content-type")) return typed;
  const type = (kind === "file" && file?.type) || TYPES[kind];
  const named = kind === "file" && file ? [{ name: "Content-Disposition", value: attachment(file.name) }] : [];
  return [...typed, { name: "Content-Type", value: type }, ...named];
}

function attachment(name: string): string {
  return `attachment; filename="${name.replace(/[^\x20-\x7e]|["\\]/g, "_")}"`;
}

/// The body's text; a file's bytes are somewhere else.
export function textOf(draft: Draft): string {
  if (!takesBody(draft.method)) return "";
  if (draft.body_kind === "form") return encodeRows(draft.form);
  return draft.body_kind === "json" || draft.body_kind === "text" ? draft.text : "";
}

/// What is odd about the request, in words; "" when nothing is. It can be sent all the same.
export function oddity(draft: Draft): string {
  if (takesBody(draft.method) && draft.body_kind === "json" && draft.text.trim()) {
    try {
      JSON.parse(draft.text);
    } catch (error) {
      return `The body is not JSON: ${(error as Error).message}`;
    }
  }
  return "";
}

/// A line for the shell that sends the same; everything is quoted for sh. `more`: headers that the pane does not show.
export function curl(origin: string, draft: Draft, file: Chosen | null, more: readonly Row[] = []): string {
  const parts = ["curl"];
  if (draft.method === "HEAD") parts.push("--head");
  else if (draft.method !== "GET") parts.push("-X", draft.method);
  parts.push(quote(origin + targetOf(draft)));
  for (const { name, value } of [...headersOf(draft, file), ...more]) parts.push("-H", quote(`${name}: ${value}`));
  const body = textOf(draft);
  if (takesBody(draft.method) && draft.body_kind === "file" && file)
    parts.push("--data-binary", quote(`@${file.name}`));
  else if (body) parts.push("--data-raw", quote(body));
  return parts.join(" ");
}

function quote(text: string): string {
  return /^[A-Za-z0-9_\-./:@%+=,]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
