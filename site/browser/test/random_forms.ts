/// Forms by chance: as plain objects, and as YAML in the many ways in which people and programs write it.

/// Numbers by chance that are the same in every run.
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
    for (let turn = 0; turn < 3; turn += 1) this.below(2);
  }

  below(limit: number): number {
    this.#state = (this.#state * 1664525 + 1013904223) % 4294967296;
    return Math.floor((this.#state / 4294967296) * limit);
  }

  /// True so many times of a hundred.
  often(percent: number): boolean {
    return this.below(100) < percent;
  }

  one<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

export type Values = Record<string, unknown>;

export interface PlainBinding {
  property: string;
  code: string;
  writeback: boolean;
}

/// A component as the test has it; the designer knows nothing of this.
export interface Plain {
  name: string;
  type: string;
  properties: Values;
  layout: Values;
  events: Record<string, string>;
  bindings: PlainBinding[];
  children: Plain[];
}

/// A form: what is in its container, or by slot what is in its layout.
export interface PlainForm {
  type: string;
  properties: Values;
  components: Plain[];
  slots: [string, Plain[]][] | null;
}

const PANELS = ["ColumnPanel", "FlowPanel", "LinearPanel", "GridPanel", "XYPanel", "Link", "HtmlTemplate", "DataGrid"];
const OTHERS = ["Label", "Button", "TextBox", "CheckBox", "DropDown", "RichText", "Image", "form:Row", "Timer"];
const EVENTS = ["click", "change", "show", "x_own"];
const PROPERTIES = ["text", "role", "bold", "items", "y", "spacing", "html"];
export const VALUES: readonly unknown[] = [
  ...["", "text", "it's: {odd} #1", "two\nlines", "a\n\n  b\n", " padded ", "- dash", "null", "yes", "1:30", "12"],
  ...[
    "# no comment",
    "%percent",
    "&and",
    "*star",
    "---",
    "ünï 🙂",
    "\ttab",
    "a: b",
    "'",
    '"',
    "\\",
    "~",
    "[",
    "=",
    "!x",
  ],
  ...[3, 0, -1, 2.5, 1e21, true, false, null],
  ...[["a", "b"], [], [["x", 1]], {}, { key: [1, { deep: "x" }] }, { y: 1, no: "on" }],
];

export function isPanel({ type }: Plain): boolean {
  return PANELS.includes(type);
}

function values(dice: Dice, names: readonly string[]): Values {
  const chosen = names.filter(() => dice.often(30));
  return Object.fromEntries(chosen.map((name) => [name, dice.one(VALUES)]));
}

export function layoutOf(dice: Dice): Values {
  return dice.one<Values>([
    {},
    { grid_position: `R${dice.below(4)},C${dice.below(4)}` },
    { row: "A", col_xs: dice.below(12), width_xs: 3 },
    { x: dice.below(300), y: 7 },
    { full_width_row: true, row_background: "#fff" },
  ]);
}

export function bindingsOf(dice: Dice): PlainBinding[] {
  if (dice.often(70)) return [];
  const code = dice.one(["self.item['text']", "f\"{self.item['a']:.2f} #\"", "len(self.item) > 0 and {'a': 1}['a']"]);
  return [{ property: dice.one(PROPERTIES), code, writeback: dice.often(50) }];
}

export function propertyOf(dice: Dice): string {
  return dice.one(PROPERTIES);
}

export function eventOf(dice: Dice): string {
  return dice.one(EVENTS);
}

/// A component, with others in it as long as `deep` allows.
export function component(dice: Dice, fresh: () => string, deep = 0): Plain {
  const type = dice.often(35) || deep > 1 ? dice.one(PANELS) : dice.one(OTHERS);
  // Some have no name, or one that code can't say.
  const name = dice.often(6) ? dice.one(["", "two words", "twice"]) : fresh();
  const events = EVENTS.filter(() => name !== "" && !name.includes(" ") && dice.often(15));
  const made: Plain = {
    name,
    type,
    properties: values(dice, PROPERTIES),
    layout: layoutOf(dice),
    events: Object.fromEntries(events.map((event) => [event, dice.often(70) ? `${name}_${event}` : "shared_handler"])),
    bindings: bindingsOf(dice),
    children: [],
  };
  if (isPanel(made) && deep > 0) made.children = components(dice, fresh, deep - 1);
  return made;
}

export function components(dice: Dice, fresh: () => string, deep: number): Plain[] {
  return Array.from({ length: dice.below(4) }, () => component(dice, fresh, deep));
}

export function form(dice: Dice, fresh: () => string): PlainForm {
  const hasLayout = dice.often(25);
  return {
    type: dice.one(["ColumnPanel", "HtmlTemplate", "LinearPanel", "GridPanel"]),
    properties: values(dice, PROPERTIES),
    components: hasLayout ? [] : components(dice, fresh, 3),
    slots: hasLayout ? ["main", "side", "foot note"].map((slot) => [slot, components(dice, fresh, 2)]) : null,
  };
}

// --- as text

/// A form's template, with comments, blank lines and styles by chance.
export function written(dice: Dice, { type, properties, components: inside, slots }: PlainForm): string {
  const container = slots ? "" : pair(dice, "container", { type, properties }, 0);
  const layout = slots ? pair(dice, "layout", { type: "form:Frame", properties }, 0) : "";
  const listed = slots
    ? `components_by_slot:\n${slots.map(([slot, all]) => list(dice, slot, all, 2)).join("")}`
    : list(dice, "components", inside, 0);
  const others = [container + layout, listed, "is_package: true\n", dice.often(50) ? "# the end\n" : ""];
  const first = dice.often(30) ? `${dice.one(["---", "# A form", ""])}\n` : "";
  const text = first + (dice.often(50) ? others : [others[1], others[0], others[2], others[3]]).join("");
  return dice.often(15) ? text.trimEnd() : text;
}

function list(dice: Dice, key: string, items: readonly Plain[], column: number): string {
  const pad = " ".repeat(column);
  if (items.length === 0) return `${pad}${key}:${dice.one([" []", "", " [ ]  # none"])}\n`;
  if (dice.often(8)) return `${pad}${key}: [${items.map((item) => flowed(dice, saved(item))).join(", ")}]\n`;
  const inner = column + (column > 0 || dice.often(30) ? 2 : 0);
  return `${pad}${key}:${comment(dice)}\n${items.map((item) => lines(dice) + dashed(dice, item, inner)).join("")}`;
}

/// What stands between two items: nothing, a blank line, a comment.
function lines(dice: Dice): string {
  return dice.often(80) ? "" : dice.one(["\n", "# above\n", "      # deep - here: {\n", "\n\n# two\n# lines\n"]);
}

function comment(dice: Dice): string {
  return dice.often(85) ? "" : dice.one(["  # why: not", " # - a dash", "   "]);
}

function dashed(dice: Dice, item: Plain, column: number): string {
  const pad = " ".repeat(column);
  const { components: inside = [], ...rest } = saved(item);
  if (dice.often(20)) return `${pad}- ${flowed(dice, { ...rest, components: inside })}${comment(dice)}\n`;
  const gap = dice.often(10) ? 3 : 1;
  const keys = column + 1 + gap;
  const own = shuffled(
    dice,
    Object.entries(rest).filter(([, value]) => !isNothing(value) || dice.often(10)),
  );
  const all = own.map(([key, value]) => pair(dice, key, value, keys));
  if (item.children.length > 0 || dice.often(10)) {
    all.splice(dice.below(all.length + 1), 0, list(dice, "components", item.children, keys));
  }
  return `${pad}-${" ".repeat(gap)}${all.join("").trimStart()}`;
}

/// A component as templates have it.
function saved({
  name,
  type,
  properties,
  layout,
  events,
  bindings,
  children,
}: Plain): Values & { components?: Plain[] } {
  return {
    ...(name !== "" && { name }),
    type,
    properties,
    layout_properties: layout,
    event_bindings: events,
    data_bindings: bindings,
    components: children,
  };
}

function isNothing(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function shuffled<T>(dice: Dice, items: readonly T[]): T[] {
  const left = [...items];
  return items.map(() => left.splice(dice.often(60) ? 0 : dice.below(left.length), 1)[0] as T);
}

function pair(dice: Dice, key: string, value: unknown, column: number): string {
  const pad = " ".repeat(column);
  const isMapping = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isMapping && !isNothing(value) && dice.often(50)) {
    const inner = Object.entries(value).map(([name, one]) => pair(dice, named(name), one, column + dice.one([2])));
    return `${pad}${key}:${comment(dice)}\n${inner.join("")}`;
  }
  if (typeof value === "string" && value.includes("\n") && !/^\s/.test(value) && dice.often(60)) {
    const keep = value.endsWith("\n") ? "" : "-";
    const block = value.replace(/\n$/, "").replace(/^(?=.)/gm, `${pad}  `);
    return `${pad}${key}: |${keep}\n${block}\n`;
  }
  return `${pad}${key}: ${dice.often(10) ? " " : ""}${flowed(dice, value)}${comment(dice)}\n`;
}

/// "y" is a word of its own in YAML 1.1, which programs write in quotes.
function named(key: string): string {
  return /^[A-Za-z_]+$/.test(key) ? key : JSON.stringify(key);
}

function flowed(dice: Dice, value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => flowed(dice, isPlain(one) ? saved(one) : one)).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const isSaved = "layout_properties" in value;
    const pairs = Object.entries(value).filter(([, one]) => !isSaved || !isNothing(one) || dice.often(30));
    return `{${pairs.map(([key, one]) => `${named(key)}: ${flowed(dice, one)}`).join(", ")}}`;
  }
  if (typeof value !== "string") return value === 1e21 ? "1.0e+21" : String(value);
  if (/^[A-Za-z_][\w]*$/.test(value) && !/^(null|yes|y|on|no)$/.test(value) && dice.often(60)) return value;
  return /[\n\t\\]/.test(value) || dice.often(50) ? JSON.stringify(value) : `'${value.replaceAll("'", "''")}'`;
}

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && "bindings" in value && "children" in value;
}
