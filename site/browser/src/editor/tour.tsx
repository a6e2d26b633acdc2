/// A tour of the editor of GUIs: a card beside what it talks of. It holds nobody: all else can be used meanwhile.
import { render } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { formsOf } from "../designer/forms/form_place.ts";
import type { EditorModel } from "./model.ts";
import { IconButton } from "./parts.tsx";
import { keepTourDone } from "./tour_kept.ts";

interface Step {
  readonly title: string;
  readonly text: string;
  /// What it talks of.
  readonly at: string;
}

const STEPS: readonly Step[] = [
  {
    title: "Draw the form",
    text: "The middle is your form. Drag components onto it, or press Enter on one of the toolbox; the tree below has all that are there.",
    at: ".design-side",
  },
  {
    title: "Say what it is",
    text: "Properties of what is selected: texts, colours, data. At the end are its events, and + writes the method that answers one.",
    at: ".design-inspector",
  },
  {
    title: "Design or code",
    text: "A form is a drawing and a Python class. Both show the same: change either. Split has them side by side.",
    at: ".form-views",
  },
  {
    title: "Pages and server",
    text: "client_code runs in the visitor's browser, and can be read there. server_code stays here: forms call its functions.",
    at: ".files-pane",
  },
  {
    title: "Run it",
    text: "Run saves and shows the app beside its code. Everybody else has it at the address above, at once. Press ? for all keys.",
    at: ".editor-bar .button.primary, .editor-thumbs .button.primary",
  },
];

/// Ask whether it is wanted; where a card would be in the way of little.
export function offerTour(model: EditorModel): void {
  show(model, -1);
}

/// Take it.
export function beginTour(model: EditorModel): void {
  show(model, 0);
}

function show(model: EditorModel, first: number): void {
  document.querySelector(".tour-place")?.remove();
  const place = document.body.appendChild(document.createElement("div"));
  place.className = "tour-place";
  const before = document.activeElement;
  const end = () => {
    const hadFocus = place.contains(document.activeElement);
    keepTourDone();
    render(null, place);
    place.remove();
    if (hadFocus && before instanceof HTMLElement && before.isConnected) before.focus();
  };
  render(<Tour model={model} first={first} end={end} />, place);
}

interface TourProps {
  readonly model: EditorModel;
  readonly first: number;
  readonly end: () => void;
}

function Tour({ model, first, end }: TourProps) {
  const [at, setAt] = useState(first);
  const card = useRef<HTMLElement>(null);
  const step = STEPS[at];
  const ring = useRing(step);
  useLayoutEffect(() => {
    if (!step) return;
    showForm(model);
    // Who takes the tour reads the card; who is only asked goes on with what they do.
    card.current?.focus();
  }, [model, step]);
  const isOnRight = ring !== null && Number.parseFloat(ring.left ?? "0") > innerWidth / 2;
  const isLast = at === STEPS.length - 1;
  return (
    <>
      {ring && <div class="tour-ring" style={ring} />}
      <section
        ref={card}
        class={`tour-card${isOnRight ? " is-left" : ""}`}
        aria-label="Tour of the editor"
        tabIndex={-1}
        onKeyDown={(event) => event.key === "Escape" && end()}
      >
        <header class="row">
          <h2>{step?.title ?? "New here?"}</h2>
          <IconButton icon="close" label="End the tour" onClick={end} />
        </header>
        <p role="status">{step?.text ?? "A tour of the editor, in five steps. It is under Commands, too."}</p>
        <div class="row">
          {step ? (
            <>
              <span class="muted small">
                {at + 1} of {STEPS.length}
              </span>
              {at > 0 && (
                <button type="button" class="button small" onClick={() => setAt(at - 1)}>
                  Back
                </button>
              )}
            </>
          ) : (
            <button type="button" class="button small" onClick={end}>
              No, thanks
            </button>
          )}
          <button type="button" class="button small primary" onClick={() => (isLast ? end() : setAt(at + 1))}>
            {isLast ? "Done" : step ? "Next" : "Show me"}
          </button>
        </div>
      </section>
    </>
  );
}

/// Where the mark around what is talked of is; it follows when things move.
function useRing(step: Step | undefined): Record<string, string> | null {
  const [ring, setRing] = useState<Record<string, string> | null>(null);
  useEffect(() => {
    if (!step) return setRing(null);
    let frame = 0;
    const follow = () => {
      const shown = [...document.querySelectorAll(step.at)].find((one) => one.getClientRects().length > 0);
      const { x = 0, y = 0, width = 0, height = 0 } = shown?.getBoundingClientRect() ?? {};
      const next = shown ? { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` } : null;
      setRing((last) => (JSON.stringify(last) === JSON.stringify(next) ? last : next));
      frame = requestAnimationFrame(follow);
    };
    follow();
    return () => cancelAnimationFrame(frame);
  }, [step]);
  return ring;
}

/// What the tour talks of is on screen: a form, drawn.
function showForm(model: EditorModel): void {
  const paths = model.files.value;
  const forms = formsOf(paths);
  const isOpen = forms.some(({ code, template }) => [code, template].includes(model.active.value));
  if (!isOpen && forms[0]) model.openFile(forms[0].code);
  model.pane.value = "code";
  if (model.form_view.value === "code") model.form_view.value = "design";
}
