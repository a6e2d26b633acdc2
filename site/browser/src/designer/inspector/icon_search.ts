/// Icons are found by their names and by words for what they show.

export interface Line {
  readonly set: string;
  /// As the property has it: "fa:user".
  readonly value: string;
  readonly name: string;
  readonly words: string;
}

/// The icons of a set, a line for each: its name first.
export function lines(set: string, text: string): readonly Line[] {
  return text.split("\n").map((words) => {
    const name = words.split(" ", 1)[0] ?? "";
    return { set, value: `${set}:${name}`, name, words };
  });
}

/// What people mostly look for: before anything was typed, these are first.
const COMMON = [
  ...[
    "user",
    "users",
    "house",
    "gear",
    "magnifying-glass",
    "plus",
    "minus",
    "check",
    "xmark",
    "trash",
    "pen",
    "floppy-disk",
  ],
  ...[
    "download",
    "upload",
    "envelope",
    "phone",
    "calendar",
    "clock",
    "location-dot",
    "bell",
    "star",
    "heart",
    "lock",
    "key",
  ],
  ...[
    "file",
    "folder",
    "image",
    "camera",
    "cart-shopping",
    "credit-card",
    "chart-line",
    "table",
    "list",
    "filter",
    "print",
  ],
  ...["arrow-left", "arrow-right", "arrow-up", "arrow-down", "rotate", "circle-info", "triangle-exclamation", "share"],
].map((name) => `fa:${name}`);
const PLACES = new Map(COMMON.map((value, place) => [value, place]));

function common({ value }: Line): number {
  return PLACES.get(value) ?? PLACES.size;
}

/// Those that have all words that were typed: the ones called so first, then those whose names begin so.
export function found(all: readonly Line[], typed: string, set: string): readonly Line[] {
  const wanted = typed
    .toLowerCase()
    .replace(/^(fa|mi):/, "")
    .split(/[\s_-]+/)
    .filter(Boolean);
  const whole = wanted.join("-");
  const some = all.filter((one) => (!set || one.set === set) && wanted.every((word) => one.words.includes(word)));
  if (!whole) return [...some].sort((a, b) => common(a) - common(b));
  const rank = ({ name }: Line): number => {
    const plain = name.replaceAll("_", "-");
    if (plain === whole) return 0;
    if (plain.startsWith(whole)) return 1;
    return plain.includes(whole) ? 2 : 3;
  };
  return [...some].sort((a, b) => rank(a) - rank(b));
}
