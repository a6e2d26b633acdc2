import { Icon } from "../../editor/parts.tsx";
import type { Designer } from "../designer.ts";
import { leave } from "../forms/rows_in_place.ts";

/// Where rows are drawn: the forms and lists that lead here, each a way back.
export function Trail({ designer }: { readonly designer: Designer }) {
  const way: Designer[] = [];
  for (let at = designer.above; at; at = at.designer.above) way.unshift(at.designer);
  return (
    <nav class="design-trail" aria-label="Where this is drawn">
      <ol>
        {way.map((step) => (
          <li key={step.form.template}>
            <button type="button" class="button quiet small" onClick={() => back(step)}>
              {step.form.name}
            </button>
            <span>
              {step.inner.value?.above?.list} <Icon name="right" />
            </span>
          </li>
        ))}
        <li aria-current="location">rows: {designer.form.name}</li>
      </ol>
      <button type="button" class="button small" onClick={() => leave(designer)}>
        Done
      </button>
    </nav>
  );
}

/// Leave whatever is drawn within it.
function back(designer: Designer): void {
  let innermost = designer.inner.value;
  while (innermost?.inner.value) innermost = innermost.inner.value;
  while (innermost && innermost !== designer) {
    leave(innermost);
    innermost = innermost.above?.designer ?? null;
  }
}
