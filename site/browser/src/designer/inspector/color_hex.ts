/// Colours as a browser's own colour field takes them.

/// "#rrggbb" of any CSS colour, without its transparency; white for what is none.
export function hexOf(color: string): string {
  if (/^#[0-9a-f]{6}$/i.test(color)) return color;
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])[0-9a-f]?$/i.exec(color);
  if (short)
    return `#${short
      .slice(1)
      .map((digit) => digit + digit)
      .join("")}`;
  const context = document.createElement("canvas").getContext("2d");
  if (!context || !CSS.supports("color", color)) return "#ffffff";
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red = 0, green = 0, blue = 0, alpha = 255] = context.getImageData(0, 0, 1, 1).data;
  // What is see-through was mixed with nothing.
  const whole = (part: number) => (alpha ? Math.min(255, Math.round(part)) : 255).toString(16).padStart(2, "0");
  return `#${[red, green, blue].map(whole).join("")}`;
}
