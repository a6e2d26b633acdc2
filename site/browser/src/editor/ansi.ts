/// Terminal colours as class names: DOM-free, so that output is only ever set as text.

export interface Piece {
  readonly text: string;
  /// Space separated, "" for plain text.
  readonly classes: string;
}

interface Style {
  colour: string;
  back: string;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}

const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;
const plain = (): Style => ({ colour: "", back: "", bold: false, dim: false, italic: false, underline: false });
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
    if (text) pieces.push({ text, classes: this.#classes() });
  }

  #classes(): string {
    const s = this.#style;
    const names: string[] = [];
    if (s.colour) names.push(`ansi-${s.colour}`);
    if (s.back) names.push(`ansi-on-${s.back}`);
    for (const name of ["bold", "dim", "italic", "underline"] as const) if (s[name]) names.push(`ansi-${name}`);
    return names.join(" ");
  }

  #apply(codes: string): void {
    const numbers = codes.split(/[;:]/).map((code) => Number(code || "0"));
    for (let i = 0; i < numbers.length; i += 1) {
      const code = numbers[i] ?? 0;
      if (code === 38 || code === 48) {
        const colour = numbers[i + 1] === 5 ? indexed(numbers[i + 2] ?? 7) : rgb(numbers.slice(i + 2, i + 5));
        i += numbers[i + 1] === 5 ? 2 : 4;
        if (code === 38) this.#style.colour = colour;
        else this.#style.back = colour;
      } else this.#one(code);
    }
  }

  #one(code: number): void {
    const s = this.#style;
    if (code === 0) this.#style = plain();
    else if (code === 1) s.bold = true;
    else if (code === 2) s.dim = true;
    else if (code === 3) s.italic = true;
    else if (code === 4) s.underline = true;
    else if (code === 22) s.bold = s.dim = false;
    else if (code === 23) s.italic = false;
    else if (code === 24) s.underline = false;
    else if (code === 39) s.colour = "";
    else if (code === 49) s.back = "";
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) s.colour = NAMES[code % 10] ?? "";
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107)) s.back = NAMES[code % 10] ?? "";
  }
}

/// The nearest of the eight names, so that both schemes keep their contrast.
function rgb(parts: readonly number[]): string {
  const [r = 0, g = 0, b = 0] = parts;
  return NAMES[(r > 127 ? 1 : 0) + (g > 127 ? 2 : 0) + (b > 127 ? 4 : 0)] ?? "";
}

function indexed(n: number): string {
  if (n < 16) return NAMES[n % 8] ?? "";
  if (n >= 232) return n < 244 ? "black" : "white";
  const cube = n - 16;
  return rgb([Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((level) => level * 51));
}
