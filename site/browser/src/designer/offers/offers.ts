/// What the toolbox offers beside components: things of the widget that come with the code that uses them.
import type { Zone } from "../../gui/design/messages.ts";
import type { Designer } from "../designer.ts";
import type { Target } from "../places.ts";
import type { Edit } from "../texts/history.ts";
import type { Operation, Part } from "../texts/template.ts";

/// What comes with a component in the same step: the form's code after it, other files, operations before it.
export interface Along {
  readonly code?: (text: string) => string;
  readonly edits?: readonly Edit[];
  readonly operations?: readonly Operation[];
}

export interface Offer {
  /// As tools of the toolbox are told apart: "call:add_person", "table:people".
  readonly type: string;
  readonly label: string;
  readonly icon: string;
  readonly title: string;
  /// Put it there.
  readonly put: (target: Target) => void;
  /// Whether a component that is there can take it instead.
  readonly takes: (part: Part) => boolean;
  readonly give: (part: Part) => void;
}

export interface OfferGroup {
  readonly title: string;
  readonly offers: readonly Offer[];
}

/// A name that nothing has yet: "send", "send_2".
export function freeName(wanted: string, taken: Iterable<string>): string {
  const all = new Set(taken);
  let name = wanted;
  for (let number = 2; all.has(name); number += 1) name = `${wanted}_${number}`;
  return name;
}

/// "first_name" → "First name".
export function wordsOf(name: string): string {
  const words = name
    .replace(/[_\W]+/g, " ")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/// Put what is offered there; without a place give it to what is selected, where that takes it.
export function offerTo(designer: Designer, offer: Offer, target?: Target): void {
  const onto = target ? takerOf(designer, target) : designer.part.value;
  if (onto && offer.takes(onto)) offer.give(onto);
  else offer.put(target ?? designer.behind);
}

/// The component under a point that takes what is offered itself, as the place where it goes.
export function taker(designer: Designer, type: string, x: number, y: number): Zone | null {
  const offer = designer.offers.value.get(type);
  for (const part of offer ? (designer.template.value?.parts ?? []) : []) {
    const box = designer.boxes.value[part.id];
    if (!box || !offer?.takes(part)) continue;
    const [left, top, width, height] = box;
    const isThere = x >= left && y >= top && x <= left + width && y <= top + height;
    if (isThere) return { parent: part.id, index: ITSELF, layout: {}, box, line: box, depth: 0 };
  }
  return null;
}

/// The place of what goes to a component, not into it.
const ITSELF = -1;

function takerOf(designer: Designer, { parent, index }: Target): Part | undefined {
  return index === ITSELF ? designer.template.value?.part(parent) : undefined;
}
