/// The template of a list, drawn in the list: where that is, and the way back.
import type { Designer } from "../designer.ts";
import type { FormPlace } from "./form_place.ts";

/// The form that is drawn around it all, and the lists on the way to what is edited.
export function drawnIn(designer: Designer): { readonly outer: FormPlace; readonly inside: readonly string[] } {
  if (!designer.above) return { outer: designer.form, inside: [] };
  const { outer, inside } = drawnIn(designer.above.designer);
  return { outer, inside: [...inside, designer.above.list] };
}

/// Back to the form that the list is in.
export function leave(designer: Designer): void {
  if (!designer.above) return;
  const { designer: outer, list } = designer.above;
  outer.inner.value = null;
  outer.selected.value = list;
  outer.said.value = `Back in ${outer.form.name}`;
}
