import { useEffect } from "preact/hooks";
import { Icon } from "../../editor/parts.tsx";
import type { Designer } from "../designer.ts";

/// Says what trying the form is, and leads out of it or on to the app.
export function TryBar({ designer, run }: { readonly designer: Designer; readonly run: () => void }) {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      designer.tryOut(false);
    };
    addEventListener("keydown", press, { capture: true });
    return () => removeEventListener("keydown", press, { capture: true });
  }, [designer]);
  return (
    <div class="design-try">
      <span>You try the form: it answers clicks and keys, but its code does not run here.</span>
      <button type="button" class="button small" onClick={run}>
        <Icon name="run" /> Run with its code
      </button>
      <button type="button" class="button small" onClick={() => designer.tryOut(false)}>
        Back to the design <kbd>Esc</kbd>
      </button>
    </div>
  );
}
