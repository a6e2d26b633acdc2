/// Places in a form that keys can mean, and how a panel lays out what comes there.
import type { Json, Zone } from "../gui/design/messages.ts";
import { TEXT_SLOT } from "../gui/text_slots.ts";
import { cellOf, letters } from "./many.ts";
import { specOf } from "./specs.ts";
import type { Part, Template } from "./texts/template.ts";

/// A place for something new: a zone, or as much of one as keys can mean.
export type Target = Pick<Zone, "parent" | "index" | "layout" | "also">;

/// Whether components can be put into it here.
export function takesOthers(part: Part): boolean {
  if (part.type === "RichText") return freeWord(part) !== undefined;
  return specOf(part.type).isContainer && part.type !== "GoogleMap";
}

/// The first `{slot}` of a text that nothing is in.
function freeWord({ properties, children }: Part): string | undefined {
  if (properties.enable_slots === false) return undefined;
  const words = [...String(properties.content ?? "").matchAll(TEXT_SLOT)].map(([, word]) => word);
  return words.find((word) => children.every((child) => child.layout.slot !== word));
}

/// What a component is in; undefined for the form itself.
export function parentOf(template: Template, part: Part | undefined): Part | undefined {
  return part && part.parent !== null ? template.part(part.parent) : undefined;
}

/// Behind a component, or into it where it takes others; a grid has its rows already, so what comes next is behind it.
export function behind(template: Template, at: Part): Target {
  return at.id === "" || (takesOthers(at) && at.type !== "DataGrid") ? within(at) : beside(template, at);
}

/// In a panel, at its end.
export function within(panel: Part): Target {
  return { parent: panel.id, index: panel.children.length, layout: layoutIn(panel, panel.children.at(-1)) };
}

/// Behind a component in what that is in.
export function beside(template: Template, part: Part): Target {
  const parent = parentOf(template, part) ?? template.root;
  return { parent: parent.id, index: part.index + 1, layout: layoutIn(parent, part) };
}

/// Before a component in what that is in.
export function ahead(template: Template, part: Part): Target {
  return { ...beside(template, part), index: part.index };
}

/// One place further for components of one panel; undefined at its end.
export function nudged(template: Template, parts: readonly Part[], by: -1 | 1): Target | undefined {
  const [part] = parts;
  const parent = parentOf(template, part);
  if (!part || !parent) return undefined;
  const others = parent.children.filter((child) => !parts.includes(child));
  const index = others.filter((other) => other.index < part.index).length + by;
  if (index < 0 || index > others.length) return undefined;
  const layout = parts.length > 1 ? layoutIn(parent, part) : past(part, parent, index);
  return { parent: parent.id, index, layout };
}

/// How a container lays out what comes by keys, behind one of its components.
function layoutIn(container: Part, behind?: Part): Json {
  switch (container.type) {
    case "ColumnPanel":
    case "Link":
      return { grid_position: `${letters()},${letters()}` };
    case "GridPanel":
      return { row: letters(), col_xs: 0, width_xs: 12 };
    case "XYPanel":
      return { x: Number(behind?.layout.x ?? 0) + 10, y: Number(behind?.layout.y ?? 0) + 40 };
    case "RichText":
      return { slot: freeWord(container) };
    case "HtmlTemplate":
      return { slot: behind?.layout.slot ?? "default" };
    default: {
      const [first] = specOf(container.type).slots ?? [];
      return first ? { slot: behind?.layout.slot ?? first } : {};
    }
  }
}

/// In a panel of rows, going past a component means to stand in a row of one's own there.
function past(part: Part, parent: Part, index: number): Json {
  if (parent.type !== "ColumnPanel" && parent.type !== "Link") return part.layout;
  const others = parent.children.filter((child) => child !== part);
  const row = (one: Part | undefined) => (one ? cellOf(one.layout)[0] : "");
  const isAlone = others.every((other) => row(other) !== row(part));
  const splits = row(others[index - 1]) && row(others[index - 1]) === row(others[index]);
  return isAlone && !splits ? part.layout : { ...part.layout, ...layoutIn(parent) };
}
