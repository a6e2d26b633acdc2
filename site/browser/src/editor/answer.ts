/// How the answer to a request is best shown. DOM-free.
import type { TrialAnswer } from "../api/types.ts";

export type Look = "empty" | "json" | "html" | "image" | "text" | "bytes";

export interface Answer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly size_bytes: number;
  readonly is_whole: boolean;
  readonly duration_ms: number;
  /// The media type without its parameters.
  readonly type: string;
  readonly look: Look;
}

export function readAnswer(answer: TrialAnswer): Answer {
  const bytes = Uint8Array.from(atob(answer.body), (letter) => letter.charCodeAt(0));
  const headers = answer.headers.map(([name = "", value = ""]) => [name, value] as const);
  const type = (headerOf(headers, "content-type").split(";")[0] ?? "").trim().toLowerCase();
  return { ...answer, headers, bytes, type, look: lookOf(type, bytes) };
}

export function headerOf(headers: readonly (readonly [string, string])[], wanted: string): string {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? "";
}

const IMAGES = /^image\/(png|jpeg|gif|webp|avif|bmp|svg\+xml|x-icon|vnd\.microsoft\.icon)$/;

function lookOf(type: string, bytes: Uint8Array): Look {
  if (bytes.length === 0) return "empty";
  if (IMAGES.test(type)) return "image";
  if (type === "application/json" || type.endsWith("+json")) return "json";
  if (type === "text/html") return "html";
  if (/^text\/|^application\/(xml|javascript|x-www-form-urlencoded|yaml)|\+xml$/.test(type)) return "text";
  return isText(bytes) ? "text" : "bytes";
}

function isText(bytes: Uint8Array): boolean {
  try {
    return !new TextDecoder("utf-8", { fatal: true }).decode(bytes).includes("\0");
  } catch {
    return false;
  }
}

/// The body as text; what is not UTF-8 shows as such.
export function bodyText(answer: Answer): string {
  return new TextDecoder().decode(answer.bytes);
}

/// JSON with line breaks, or the text as it came when it is none (cut short, or not JSON after all).
export function prettyJson(text: string): string {
  try {
    // Long numbers would change: JSON.parse makes doubles of them.
    if (/(?<![\w.])-?\d{16,}(?![\w"])/.test(text)) return text;
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const WORDS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  204: "No Content",
  301: "Moved Permanently",
  302: "Found",
  303: "See Other",
  304: "Not Modified",
  307: "Temporary Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

/// The style of an answer's status: whether what was asked for was done.
export function statusClass(status: number): string {
  return status >= 200 && status < 400 ? "good" : "bad";
}

export function statusWords(status: number): string {
  return status === 0 ? "no answer" : `${status} ${WORDS[status] ?? ""}`.trim();
}

/// 12 bytes, 3.4 kB, 1.2 MB.
export function sizeWords(bytes: number): string {
  if (bytes === 1) return "1 byte";
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
