/// The files of a theme: pictures, styles, pages. Which there are, and which more can come.
import type { FileContent } from "../../api/types.ts";

export const ASSETS = "theme/assets/";
/// Bytes of all files of a widget together; the site's own limit, said before anything is sent.
export const MAX_TOTAL_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 200;

export interface Asset {
  readonly path: string;
  /// Below theme/assets/, as in "asset:logo.png".
  readonly name: string;
  readonly size_bytes: number;
  /// Its address where it is a picture that can be shown, else "".
  readonly picture: string;
}

const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  ico: "image/x-icon",
  svg: "image/svg+xml",
};

/// A file below theme/assets/ as it is shown in lists.
export function assetOf(path: string, content: FileContent): Asset {
  const type = typeOf(path);
  return {
    path,
    name: path.slice(ASSETS.length),
    size_bytes: sizeOf(content),
    picture: type ? addressOf(type, content) : "",
  };
}

/// The name that a property gives to a file of the theme ("asset:a.png", "_/theme/a.png"); "" for another address.
export function assetNamed(value: string): string {
  return /^(?:asset:|\/?_\/theme\/)(.+)$/.exec(value)?.[1] ?? "";
}

/// How many bytes a file has.
export function sizeOf(content: FileContent): number {
  if (typeof content === "string") return new TextEncoder().encode(content).length;
  const padding = content.base64.endsWith("==") ? 2 : content.base64.endsWith("=") ? 1 : 0;
  return (content.base64.length / 4) * 3 - padding;
}

/// "1.2 MB"
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/// What a file is by its first bytes; "" for no picture that pages show.
export function pictureType(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes.subarray(0, 512));
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (/^GIF8[79]a/.test(text)) return "image/gif";
  if (/^RIFF[\s\S]{4}WEBP/.test(text)) return "image/webp";
  if (/^[\s\S]{4}ftypavi[fs]/.test(text)) return "image/avif";
  if (text.startsWith("\0\0\x01\0")) return "image/x-icon";
  return /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[\s\S]*?\?>\s*|<!--[\s\S]*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/i.test(text)
    ? "image/svg+xml"
    : "";
}

/// What there is already when a file comes.
export interface Room {
  /// Bytes and number of all files of the widget.
  readonly used_bytes: number;
  readonly files: number;
}

/// Why a file can't become an asset, in words; "" when it can. `must` is what is asked for.
export function uploadProblem(name: string, bytes: Uint8Array, room: Room, must: "picture" | "file"): string {
  if (must === "picture" && !pictureType(bytes)) {
    return `${name} is no picture that pages show: a PNG, JPEG, GIF, WebP, AVIF or SVG file is one.`;
  }
  return sizeProblem(name, bytes.length, room);
}

/// The same without a look into the file: for one that is too large to be read.
export function sizeProblem(name: string, size_bytes: number, { used_bytes, files }: Room): string {
  const left = Math.max(0, MAX_TOTAL_BYTES - used_bytes);
  if (size_bytes > left) {
    return (
      `${name} has ${sizeText(size_bytes)}; all files of a widget together may have ${sizeText(MAX_TOTAL_BYTES)}, ` +
      `and ${sizeText(left)} are left. Make it smaller, or put it on the web and give its address.`
    );
  }
  return files >= MAX_FILES ? `A widget has at most ${MAX_FILES} files, and this one has as many.` : "";
}

/// A name below theme/assets/ that the site takes and no other file has, like the one that the file had.
export function assetName(said: string, taken: readonly string[]): string {
  const dot = said.lastIndexOf(".");
  const clean = (part: string) => part.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "");
  const stem = clean(dot > 0 ? said.slice(0, dot) : said).slice(0, 60) || "file";
  const end = dot > 0 ? clean(said.slice(dot + 1)).toLowerCase() : "";
  const named = (number: number) => `${stem}${number > 1 ? `-${number}` : ""}${end && `.${end}`}`;
  for (let number = 1; ; number += 1) if (!taken.includes(named(number))) return named(number);
}

/// Why an asset can't be called so; "" when it can.
export function assetNameProblem(name: string, taken: readonly string[]): string {
  const isGood = name.split("/").every((part) => /^[A-Za-z0-9_][\w.\- ]{0,99}$/.test(part) && !/[. ]$/.test(part));
  if (!isGood) return "Use letters, digits, _ - . and spaces.";
  return taken.includes(name) ? `There is a ${name} already.` : "";
}

/// Bytes as a file of the widget: text where they are that, as the site keeps it.
export function contentOf(bytes: Uint8Array): FileContent {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    let binary = "";
    for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return { base64: btoa(binary) };
  }
}

/// A file's bytes, for who can't be given its address.
export function bytesOf(content: FileContent): Uint8Array<ArrayBuffer> {
  if (typeof content === "string") return new TextEncoder().encode(content);
  return Uint8Array.from(atob(content.base64), (letter) => letter.charCodeAt(0));
}

/// The media type of a picture by its name; "" for none.
export function typeOf(name: string): string {
  return TYPES[name.split(".").at(-1)?.toLowerCase() ?? ""] ?? "";
}

function addressOf(type: string, content: FileContent): string {
  return typeof content === "string"
    ? `data:${type},${encodeURIComponent(content)}`
    : `data:${type};base64,${content.base64}`;
}
