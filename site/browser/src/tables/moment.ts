/// Dates and moments: as the site writes them, as people read them in their time zone, and back.

/// The zone that this browser shows times in.
export function zoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

const DAY = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/// The day that a text names, as 2026-01-31; null when it names none.
export function dayOf(text: string): string | null {
  const [, year, month, day] = DAY.exec(text.trim()) ?? [];
  if (!year || !month || !day) return null;
  const iso = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return year !== "0000" && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso) ? iso : null;
}

/// The moment that a text names, in UTC as the site writes it; without an offset it is of this browser's zone.
export function momentOf(text: string): string | null {
  const [, day, time = "00:00", seconds = "00", fraction = "", offset = ""] = MOMENT.exec(text.trim()) ?? [];
  if (!day || dayOf(day) === null) return null;
  const colon = offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase();
  const date = new Date(`${day}T${time}:${seconds}${colon}`);
  if (Number.isNaN(date.getTime())) return null;
  const utc = date.toISOString();
  if (!/^\d{4}-/.test(utc) || utc.startsWith("0000")) return null;
  return `${utc.slice(0, 19)}${fraction ? `.${fraction.padEnd(6, "0")}` : ""}+00:00`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/// A moment in this browser's zone, as 2026-01-31 13:00:00; parts of a second only when there are any.
export function localText(moment: string): string {
  const date = new Date(moment);
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const fraction = /\.(\d*[1-9])/.exec(moment)?.[1] ?? "";
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${day} ${time}${fraction ? `.${fraction}` : ""}`;
}

/// The offset of this browser's zone at a moment, as UTC+01:00.
export function offsetText(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
