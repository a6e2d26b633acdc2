/// Terminal colours as class names: DOM-free, so that output is only ever set as text.
import { css, type Rgb, readable, textOn } from "./colours.ts";

export interface Piece {
  readonly text: string;
  /// Space separated, "" for plain text.
  readonly classes: string;
  /// Colours that have no class, as CSS has them; readable in both schemes.
  readonly colour?: string;
  readonly back?: string;
}

/// One of the eight names, a colour of its own, or null for the page's.
type Colour = string | Rgb | null;

interface Style {
  colour: Colour;
  back: Colour;
  readonly flags: Set<Flag>;
}

type Flag = "bold" | "dim" | "italic" | "underline" | "strike" | "hidden" | "inverse";
const FLAGS: Readonly<Record<number, Flag>> = {
  1: "bold",
  2: "dim",
  3: "italic",
  4: "underline",
  7: "inverse",
  8: "hidden",
  9: "strike",
  21: "underline",
};
const ENDS: Readonly<Record<number, readonly Flag[]>> = {
  22: ["bold", "dim"],
  23: ["italic"],
  24: ["underline"],
  27: ["inverse"],
  28: ["hidden"],
  29: ["strike"],
};

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
const plain = (): Style => ({ colour: null, back: null, flags: new Set() });
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this file is about
const SEQUENCE = /\x1b(?:\[([0-9;:]*)([A-Za-z])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this file is about
const UNFINISHED = /\x1b(?:\[[0-9;:]*|\][^\x07\x1b]{0,200})?$/;

/// Reads a stream of text; what is left open at the end of one chunk goes on in the next.
export class Ansi {
  #style = plain();
  #rest = "";

  read(chunk: string): Piece[] {
    let text = this.#rest + chunk;
    this.#rest = UNFINISHED.exec(text)?.[0] ?? "";
    if (this.#rest) text = text.slice(0, -this.#rest.length);
    const pieces: Piece[] = [];
    let at = 0;
    for (const found of text.matchAll(SEQUENCE)) {
      this.#push(pieces, text.slice(at, found.index));
      if (found[2] === "m") this.#apply(found[1] ?? "");
      at = found.index + found[0].length;
    }
    this.#push(pieces, text.slice(at));
    return pieces;
  }

  #push(pieces: Piece[], text: string): void {
    if (text) pieces.push({ text, ...this.#look() });
  }

  #look(): Omit<Piece, "text"> {
    const { colour, back, flags } = this.#style;
    const names: string[] = [];
    if (typeof colour === "string") names.push(`ansi-${colour}`);
    if (typeof back === "string") names.push(`ansi-on-${back}`);
    for (const flag of flags) names.push(`ansi-${flag}`);
    const own: { colour?: string; back?: string } = {};
    if (back && typeof back !== "string") own.back = css(back);
    if (colour && typeof colour !== "string") own.colour = readable(colour, typeof back === "string" ? null : back);
    // On a colour of its own the page's text colour may vanish.
    else if (own.back && !colour && back && typeof back !== "string") own.colour = textOn(back);
    return { classes: names.join(" "), ...own };
  }

  #apply(codes: string): void {
    const numbers = codes.split(/[;:]/).map((code) => Number(code || "0"));
    for (let i = 0; i < numbers.length; i += 1) {
      const code = numbers[i] ?? 0;
      if (code === 38 || code === 48) {
        const colour = numbers[i + 1] === 5 ? indexed(numbers[i + 2] ?? 7) : rgbOf(numbers.slice(i + 2, i + 5));
        i += numbers[i + 1] === 5 ? 2 : 4;
        if (code === 38) this.#style.colour = colour;
        else this.#style.back = colour;
      } else this.#one(code);
    }
  }

  #one(code: number): void {
    const s = this.#style;
    if (code === 0) this.#style = plain();
    else if (FLAGS[code]) s.flags.add(FLAGS[code]);
    else if (ENDS[code]) for (const flag of ENDS[code]) s.flags.delete(flag);
    else if (code === 39) s.colour = null;
    else if (code === 49) s.back = null;
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) s.colour = NAMES[code % 10] ?? null;
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) s.back = NAMES[code % 10] ?? null;
  }
}

function rgbOf(parts: readonly number[]): Rgb {
  const [r = 0, g = 0, b = 0] = parts.map((part) => Math.max(0, Math.min(255, Number.isFinite(part) ? part : 0)));
  return [r, g, b];
}

/// A colour of the palette of 256: the names, a cube of 216, and 24 greys.
function indexed(n: number): Colour {
  if (!(n >= 0 && n <= 255)) return null;
  if (n < 16) return NAMES[n % 8] ?? null;
  if (n >= 232) return [8 + (n - 232) * 10, 8 + (n - 232) * 10, 8 + (n - 232) * 10];
  const cube = n - 16;
  const level = (step: number) => (step === 0 ? 0 : 55 + step * 40);
  return [level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)];
}
