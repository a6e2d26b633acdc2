/// What a YAML text means: nodes with their places in the text, made of js-yaml's events. Scalars are read as YAML 1.2 has them.
import {
  type AliasEvent,
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from "js-yaml";

/// Text that is not YAML, with the line that it breaks at.
export class YamlProblem extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/// From the first character to behind the last; a list or mapping in lines of its own ends where its last entry does.
interface Placed {
  readonly start: number;
  readonly end: number;
}

/// A key or a list's dash with nothing behind it has one of no length.
export interface Scalar extends Placed {
  readonly kind: "scalar";
  readonly value: unknown;
}

export interface Alias extends Placed {
  readonly kind: "alias";
  readonly of: YamlNode;
  /// Of how many nodes what it stands for is made.
  readonly size: number;
}

export interface List extends Placed {
  readonly kind: "list";
  readonly isFlow: boolean;
  readonly items: readonly YamlNode[];
}

export interface Mapping extends Placed {
  readonly kind: "mapping";
  readonly isFlow: boolean;
  readonly items: readonly Pair[];
}

export interface Pair {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

export type YamlNode = Scalar | Alias | List | Mapping;

/// Nodes that aliases may stand for in all, as many as the site reads: a few lines can mean millions.
const MAX_ALIASED = 200_000;

/// The node that a text has in it; null for a text with none. YamlProblem for what is no YAML, or several documents.
export function readYaml(text: string): YamlNode | null {
  const events = eventsOf(text);
  if (events.filter(({ type }) => type === EVENT_ID.DOCUMENT).length > 1) {
    const mark = Math.max(text.lastIndexOf("\n---"), text.lastIndexOf("\n..."));
    throw problemAt(text, mark + 1, "There is more than one document.");
  }
  return events.length > 0 ? new Reader(text, events).contents() : null;
}

/// A node as plain values.
export function plainOf(node: YamlNode | null): unknown {
  switch (node?.kind) {
    case "list":
      return node.items.map(plainOf);
    case "mapping":
      return Object.fromEntries(node.items.map((pair) => [keyOf(pair) ?? "", plainOf(pair.value)]));
    case "alias":
      return plainOf(node.of);
    default:
      return node?.value ?? null;
  }
}

/// What a key is called: keys are scalars.
export function keyOf({ key }: Pair): unknown {
  const said = key.kind === "alias" ? key.of : key;
  return said.kind === "scalar" ? said.value : undefined;
}

/// js-yaml wants a bracket that closes further to the right than what it closes, and no tabs within brackets; the site's
/// reader takes both: such a line is read as if it stood far to the right, or had spaces.
function eventsOf(text: string): readonly Event[] {
  const pads: number[] = [];
  for (let padded = text; ; ) {
    try {
      const events = parseEvents(padded, {});
      return pads.length > 0 ? events.map((event) => unpadded(event, pads)) : events;
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const { position = 0, column = 0, line = 0 } = error.mark ?? {};
      const start = position - column;
      const before = padded.slice(start, position);
      const isBelow = before.trim() === "" && /[\]}]/.test(padded[position] ?? "") && !pads.includes(start);
      const isTab = before.trim() !== "" && before.includes("\t");
      if (error.reason !== "deficient indentation" || !(isBelow || isTab))
        throw new YamlProblem(error.reason, line + 1);
      if (isTab) {
        padded = padded.slice(0, start) + before.replaceAll("\t", " ") + padded.slice(position);
        continue;
      }
      pads.push(start);
      padded = padded.slice(0, start) + PAD + padded.slice(start);
    }
  }
}

const PAD = " ".repeat(400);
const PLACES = ["start", "valueStart", "valueEnd", "anchorStart", "anchorEnd", "tagStart", "tagEnd"];

/// An event with its places in the text without pads.
function unpadded(event: Event, pads: readonly number[]): Event {
  const moved: Record<string, unknown> = { ...event };
  for (const name of PLACES) {
    const place = moved[name];
    if (typeof place === "number") moved[name] = place - PAD.length * pads.filter((pad) => pad < place).length;
  }
  return moved as unknown as Event;
}

function problemAt(text: string, place: number, message: string): YamlProblem {
  return new YamlProblem(message, text.slice(0, place).split("\n").length);
}

// A comment with the end of its line: nothing of it can be read in two ways, however many signs it has.
const SPACE = /(?:\s|#[^\r\n]*[\r\n])*/y;
const DASH = /(?:\s|#[^\r\n]*[\r\n])*-/y;
const COLON = /(?:\s|#[^\r\n]*[\r\n])*:/y;
const CLOSING = /(?:[\s,?]|#[^\r\n]*[\r\n])*[\]}]/y;

/// Goes through events and text side by side: events say where scalars are, not where lists and mappings end.
class Reader {
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #anchors = new Map<string, YamlNode>();
  #aliased = 0;
  /// The first event is the document's.
  #next = 1;
  /// Behind what was read last.
  #at = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  contents(): YamlNode {
    return this.#node();
  }

  #node(): YamlNode {
    const event = this.#events[this.#next] as Event;
    this.#next += 1;
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.#named(event, this.#scalar(event));
      case EVENT_ID.SEQUENCE:
        return this.#named(event, this.#list(event));
      case EVENT_ID.MAPPING:
        return this.#named(event, this.#mapping(event));
      case EVENT_ID.ALIAS:
        return this.#alias(event);
      default:
        throw new Error("A document has one node.");
    }
  }

  /// Whether a list or mapping has no more; then it is left.
  #isOver(): boolean {
    const isOver = this.#events[this.#next]?.type === EVENT_ID.POP;
    if (isOver) this.#next += 1;
    return isOver;
  }

  /// Go behind what stands here, if it does.
  #pass(what: RegExp): void {
    what.lastIndex = this.#at;
    if (what.test(this.#text)) this.#at = what.lastIndex;
  }

  #list({ start, style }: SequenceEvent): List {
    const isFlow = style === COLLECTION_STYLE.FLOW;
    const items: YamlNode[] = [];
    this.#at = isFlow ? start + 1 : start;
    while (!this.#isOver()) {
      if (!isFlow) this.#pass(DASH);
      items.push(this.#node());
    }
    if (isFlow) this.#pass(CLOSING);
    return { kind: "list", start, end: this.#at, isFlow, items };
  }

  #mapping({ start, style }: MappingEvent): Mapping {
    const isFlow = style === COLLECTION_STYLE.FLOW;
    // A pair in a list needs none: [a: 1].
    const hasBraces = isFlow && this.#text[start] === "{";
    const items: Pair[] = [];
    const keys = new Set<unknown>();
    this.#at = hasBraces ? start + 1 : start;
    while (!this.#isOver()) {
      const key = this.#key(keys);
      this.#pass(COLON);
      items.push({ key, value: this.#node() });
    }
    if (hasBraces) this.#pass(CLOSING);
    return { kind: "mapping", start, end: this.#at, isFlow, items };
  }

  #key(taken: Set<unknown>): YamlNode {
    const key = this.#node();
    const said = keyOf({ key, value: key });
    if (said === undefined) throw problemAt(this.#text, key.start, "A key can't be a list or a mapping.");
    if (taken.has(said)) throw problemAt(this.#text, key.start, `The key ${said} is there twice.`);
    taken.add(said);
    return key;
  }

  #scalar(event: ScalarEvent): Scalar {
    const { valueStart, valueEnd, tagStart, tagEnd, style } = event;
    const quotes = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
    const isBlock = style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
    this.#at = Math.max(this.#at, event.anchorEnd, tagEnd);
    // The event of a text in lines of its own begins below the sign for it.
    if (isBlock) this.#pass(SPACE);
    const start = isBlock || valueStart < 0 ? this.#at : valueStart - quotes;
    if (valueStart >= 0) this.#at = valueEnd + quotes;
    const text = getScalarValue(this.#text, event);
    const tag = tagStart < 0 ? "" : this.#text.slice(tagStart, tagEnd);
    const isMeant = tag ? MEANT.test(tag) : style === SCALAR_STYLE.PLAIN;
    return { kind: "scalar", start, end: this.#at, value: isMeant ? meant(text) : text };
  }

  #named<T extends YamlNode>({ anchorStart, anchorEnd }: Exclude<NodeEvent, AliasEvent>, node: T): T {
    if (anchorStart >= 0) this.#anchors.set(this.#text.slice(anchorStart, anchorEnd), node);
    return node;
  }

  #alias({ anchorStart, anchorEnd }: AliasEvent): Alias {
    const name = this.#text.slice(anchorStart, anchorEnd);
    const of = this.#anchors.get(name);
    if (!of) throw problemAt(this.#text, anchorStart, `Nothing above is called &${name}.`);
    const size = sizeOf(of);
    this.#aliased += size;
    if (this.#aliased > MAX_ALIASED) throw problemAt(this.#text, anchorStart, "Aliases stand for too much.");
    this.#at = anchorEnd;
    return { kind: "alias", start: anchorStart - 1, end: anchorEnd, of, size };
  }
}

type NodeEvent = ScalarEvent | SequenceEvent | MappingEvent | AliasEvent;

function sizeOf(node: YamlNode): number {
  switch (node.kind) {
    case "list":
      return node.items.reduce((sum, item) => sum + sizeOf(item), 1);
    case "mapping":
      return node.items.reduce((sum, { value }) => sum + 1 + sizeOf(value), 1);
    case "alias":
      return node.size;
    default:
      return 1;
  }
}

/// Tags whose scalars are what they would be without quotes; others of a scalar make it text.
const MEANT = /^!(?:!|<tag:yaml\.org,2002:)(?:null|bool|int|float)>?$/;

const NULL = /^(?:~|null|Null|NULL)?$/;
const BOOLEAN = /^(?:(true|True|TRUE)|false|False|FALSE)$/;
const NUMBER = /^(?:0o[0-7]+|0x[\da-fA-F]+|[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?)$/;
const ENDLESS = /^([-+]?)\.(?:inf|Inf|INF)$/;
const NO_NUMBER = /^\.(?:nan|NaN|NAN)$/;

/// A scalar without quotes: text unless it says something else in YAML 1.2.
function meant(text: string): unknown {
  if (NULL.test(text)) return null;
  const truth = BOOLEAN.exec(text);
  if (truth) return truth[1] !== undefined;
  if (NUMBER.test(text)) return Number(text);
  const endless = ENDLESS.exec(text);
  if (endless) return endless[1] === "-" ? -Infinity : Infinity;
  return NO_NUMBER.test(text) ? Number.NaN : text;
}
