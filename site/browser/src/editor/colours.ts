/// Colours of programs made readable on our backgrounds. DOM-free.

export type Rgb = readonly [number, number, number];

/// The least contrast that is readable (WCAG AA), and a little for rounding.
const LEAST = 4.6;
/// The brightest ground of the light scheme and of the dark one that output stands on: tokens.css, --sunken and --hover.
const LIGHT: Rgb = [0xec, 0xee, 0xf3];
const DARK: Rgb = [0x24, 0x27, 0x30];
const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

export function css([r, g, b]: Rgb): string {
  return `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;
}

/// The colour as CSS, moved towards black or white as far as it takes to be read: on ``back``, or else on the page.
export function readable(colour: Rgb, back: Rgb | null): string {
  if (back) return css(moved(colour, back, luminance(back) > 0.18 ? BLACK : WHITE));
  return `light-dark(${css(moved(colour, LIGHT, BLACK))}, ${css(moved(colour, DARK, WHITE))})`;
}

/// Black or white, whichever is read better on ``back``.
export function textOn(back: Rgb): string {
  return css(luminance(back) > 0.18 ? BLACK : WHITE);
}

export function contrast(a: Rgb, b: Rgb): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

function moved(colour: Rgb, ground: Rgb, towards: Rgb): Rgb {
  for (let part = 0; part < 1; part += 0.05) {
    const mixed = colour.map((level, at) => level + ((towards[at] ?? 0) - level) * part) as unknown as Rgb;
    if (contrast(mixed, ground) >= LEAST) return mixed;
  }
  return towards;
}

function luminance(colour: Rgb): number {
  const [r = 0, g = 0, b = 0] = colour.map((level) => {
    const part = level / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
