import { IconButton } from "../../editor/parts.tsx";
import type { Designer } from "../designer.ts";

/// How large the form is shown.
export function ZoomBar({ designer }: { readonly designer: Designer }) {
  const { zoom } = designer;
  return (
    <span class="segments" role="group" aria-label="Zoom">
      <IconButton icon="minus" label="Zoom out" onClick={() => zoom.by(-1)} />
      <button type="button" class="button small design-percent" title="Show at 100 %" onClick={() => zoom.reset()}>
        {zoom.percent.value}
      </button>
      <IconButton icon="plus" label="Zoom in" onClick={() => zoom.by(1)} />
      <button
        type="button"
        class="button small"
        title="Show the whole width"
        onClick={() => zoom.fit(designer.width.value)}
      >
        Fit
      </button>
    </span>
  );
}
