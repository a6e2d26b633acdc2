/// What keys do to what is selected: move it among its siblings, into panels and out of them, change its width.
import { type Designer, nameOf } from "./designer.ts";
import { topmost } from "./many.ts";
import { beside, nudged, parentOf, takesOthers, within } from "./places.ts";
import { operationsOf, widened } from "./stage/widths.ts";
import type { Part } from "./texts/template.ts";

/// Move what is selected among its siblings, by one.
export function nudge(designer: Designer, by: -1 | 1): void {
  const template = designer.template.value;
  const target = template && nudged(template, together(designer), by);
  if (target) designer.move(designer.selection.all.value, target);
}

/// Move it out of its panel, behind that.
export function outdent(designer: Designer): void {
  const template = designer.template.value;
  const panel = template && parentOf(template, together(designer)[0]);
  if (panel && panel.id !== "") designer.move(designer.selection.all.value, beside(template, panel));
}

/// Move it into the panel before it, at its end.
export function indent(designer: Designer): void {
  const template = designer.template.value;
  const [part] = together(designer);
  const before = template && parentOf(template, part)?.children[(part?.index ?? 0) - 1];
  if (before && takesOthers(before)) designer.move(designer.selection.all.value, within(before));
}

/// Make what is selected wider (1) or narrower (-1), as far as there are marks.
export function widen(designer: Designer, by: 1 | -1): void {
  const template = designer.template.value;
  const part = designer.part.value;
  if (!template || !part) return;
  const at = designer.boxes.value[part.id];
  const drawn = { part, at, tracks: designer.tracks.value, page_px: designer.page_px.value };
  const change = widened(template, drawn, by);
  if (change) designer.change(`Width of ${nameOf(part)}`, operationsOf(change), `width ${part.id}`);
  else designer.said.value = `${nameOf(part)} has no width to change here.`;
}

/// What is selected in the panel of the first of them.
function together({ template, selection }: Designer): readonly Part[] {
  const parts = template.value ? topmost(template.value, selection.all.value) : [];
  return parts.filter((part) => part.parent === parts[0]?.parent);
}
