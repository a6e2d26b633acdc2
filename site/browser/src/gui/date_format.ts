/// Dates as people read them: by a format as Python's strftime takes it ("%d %B %Y") or as moment.js did ("D MMMM YYYY").

type Parts = Record<string, string>;

const STRFTIME: Readonly<Record<string, (date: Date) => string>> = {
  a: (date) => said(date, { weekday: "short" }),
  A: (date) => said(date, { weekday: "long" }),
  b: (date) => said(date, { month: "short" }),
  B: (date) => said(date, { month: "long" }),
  h: (date) => said(date, { month: "short" }),
  c: (date) => date.toLocaleString(),
  x: (date) => date.toLocaleDateString(),
  X: (date) => date.toLocaleTimeString(),
  d: (date) => pad(date.getDate()),
  e: (date) => String(date.getDate()).padStart(2, " "),
  D: (date) => formatted(date, "%m/%d/%y"),
  F: (date) => formatted(date, "%Y-%m-%d"),
  f: (date) => pad(date.getMilliseconds(), 3).padEnd(6, "0"),
  H: (date) => pad(date.getHours()),
  I: (date) => pad(date.getHours() % 12 || 12),
  j: (date) => pad(dayOfYear(date), 3),
  m: (date) => pad(date.getMonth() + 1),
  M: (date) => pad(date.getMinutes()),
  p: (date) => (date.getHours() < 12 ? "AM" : "PM"),
  R: (date) => formatted(date, "%H:%M"),
  S: (date) => pad(date.getSeconds()),
  T: (date) => formatted(date, "%H:%M:%S"),
  w: (date) => String(date.getDay()),
  y: (date) => pad(date.getFullYear() % 100),
  Y: (date) => pad(date.getFullYear(), 4),
  "%": () => "%",
};

/// A date in the visitor's own time.
export function formatted(date: Date, format: string): string {
  if (!format.includes("%")) return moment(date, format);
  // A minus leaves out leading zeros.
  return format.replace(/%(-?)([A-Za-z%])/g, (whole, minus, letter) => {
    const made = STRFTIME[letter]?.(date) ?? whole;
    return minus ? made.replace(/^0+(?=\d)/, "") : made;
  });
}

function moment(date: Date, format: string): string {
  const parts: Parts = {
    YYYY: "%Y",
    YY: "%y",
    MMMM: "%B",
    MMM: "%b",
    MM: "%m",
    M: "%-m",
    DDDD: "%j",
    Do: `%-d${ordinal(date.getDate())}`,
    DD: "%d",
    D: "%-d",
    dddd: "%A",
    ddd: "%a",
    HH: "%H",
    H: "%-H",
    hh: "%I",
    h: "%-I",
    mm: "%M",
    m: "%-M",
    ss: "%S",
    s: "%-S",
    A: "%p",
  };
  const tokens = /\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DDDD|Do|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|A|a/g;
  return format.replace(tokens, (token, quoted) => {
    if (quoted !== undefined) return quoted;
    if (token === "a") return formatted(date, "%p").toLowerCase();
    return formatted(date, parts[token] ?? token);
  });
}

function said(date: Date, options: Intl.DateTimeFormatOptions): string {
  return date.toLocaleDateString(undefined, options);
}

function pad(value: number, digits = 2): string {
  return String(value).padStart(digits, "0");
}

function dayOfYear(date: Date): number {
  const day = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return (day - Date.UTC(date.getFullYear(), 0, 0)) / 86_400_000;
}

function ordinal(day: number): string {
  if (day >= 11 && day <= 13) return "th";
  return { 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th";
}
