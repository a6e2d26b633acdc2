import { useEffect } from "preact/hooks";
import { changeFiles } from "../editor/change_files.ts";
import { mergeDesignsBy } from "../editor/merge.ts";
import type { EditorModel } from "../editor/model.ts";
import { Icon, IconButton } from "../editor/parts.tsx";
import type { SaveState } from "../editor/saver.ts";
import { Designer, type Editor } from "./designer.ts";
import { className, type FormPlace } from "./forms/form_place.ts";
import { leave } from "./forms/rows_in_place.ts";
import { Inspector } from "./inspector/inspector.tsx";
import type { DesignKey } from "./keys.ts";
import { LeftNotice } from "./left_notice.tsx";
import { indent, nudge, outdent, widen } from "./moves_by_keys.ts";
import { useOffers } from "./offers/use_offers.ts";
import { panel, turnTheme } from "./panel.ts";
import { specOf } from "./specs.ts";
import { EmptyForm } from "./stage/empty_form.tsx";
import { useIsSmall } from "./stage/small.ts";
import { Stage, useDrag } from "./stage/stage.tsx";
import { Trail } from "./stage/trail.tsx";
import { ZoomBar } from "./stage/zoom_bar.tsx";
import { handlersOf, isWhole } from "./texts/form_code.ts";
import { Toolbox } from "./toolbox.tsx";
import { Tree } from "./tree.tsx";

const WIDTHS = [
  [0, "Auto"],
  [1280, "1280"],
  [768, "768"],
  [360, "360"],
] as const;

/// The designer of a form: toolbox and tree, the form, and what is selected.
export function DesignPane({ model, form: outer }: { readonly model: EditorModel; readonly form: FormPlace }) {
  const designer = innermost(designerOf(model, outer));
  const { form } = designer;
  const edits = model.edits.value;
  useEffect(() => designer.refresh(), [designer, edits]);
  useOffers(model, designer);
  useEffect(loadMerge, []);
  const { frame, drag } = useDrag(designer);
  const isSmall = useIsSmall();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!isSmall && !designer.isTried.value) pressed(event, designer);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [designer, isSmall]);
  const paths = model.files.value;
  const code = model.text(form.code) ?? "";
  const methods = handlersOf(code, className(form.name)).map(({ name }) => name);
  return (
    <div class="design-pane">
      <Bar designer={designer} />
      {designer.above && <Trail designer={designer} />}
      {(designer.problem.value || designer.fault.value) && (
        <p class="editor-notice warn" role="alert">
          <Icon name="warning" /> {form.template}: {designer.problem.value || designer.fault.value}
        </p>
      )}
      <LeftNotice designer={designer} />
      <div class="design-main">
        <div class="design-side">
          <Toolbox designer={designer} drag={drag} />
          <Tree designer={designer} />
        </div>
        <Stage
          designer={designer}
          slug={model.data.slug}
          frame={frame}
          drag={drag}
          run={() => void model.run()}
          isStill={isSmall}
        >
          <EmptyForm model={model} />
        </Stage>
        <Inspector designer={designer} paths={paths} methods={methods} isWhole={isWhole(code, className(form.name))} />
      </div>
      <p class="visually-hidden" role="status">
        {designer.said.value}
      </p>
    </div>
  );
}

/// Designs that another tab changed, too, are merged by what they mean from then on.
function loadMerge(): void {
  void import("./texts/template_merge.ts").then((merge) => mergeDesignsBy(merge.mergeTemplates));
}

/// Designers of a page, by form: what was done in one can be undone after a look at the code.
const designers = new WeakMap<EditorModel, Map<string, Designer>>();

function designerOf(model: EditorModel, form: FormPlace): Designer {
  const known = designers.get(model) ?? new Map<string, Designer>();
  designers.set(model, known);
  const found = known.get(form.template) ?? new Designer(form, editorOf(model));
  known.set(form.template, found);
  return found;
}

/// The designer of what is drawn: of the form, or of rows in it.
function innermost(designer: Designer): Designer {
  const inner = designer.inner.value;
  return inner ? innermost(inner) : designer;
}

function editorOf(model: EditorModel): Editor {
  return {
    text: (path) => model.text(path),
    content: (path) => model.content(path),
    write: (path, content) => (content === null ? model.deleteFile(path) : model.write(path, content)),
    paths: () => model.files.value,
    saving: () => savingOf(model.save_state.value),
    goTo: (path, line) => model.goTo({ path, line }),
    changeFiles: (done, changes, open) => changeFiles(model, done, changes, open),
  };
}

function savingOf(state: SaveState): string {
  if (state.kind === "offline" || state.kind === "refused") return state.message;
  if (state.kind === "conflict") return "Another tab changed the same files: choose between them first.";
  return state.kind === "saved" || state.kind === "draft" ? "saved" : "saving";
}

function Bar({ designer }: { readonly designer: Designer }) {
  // Read for what undo and redo depend on.
  void designer.template.value;
  return (
    <div class="design-bar" role="toolbar" aria-label="Design">
      <IconButton icon="restore" label="Undo" disabled={!designer.canUndo} onClick={() => designer.undo()} />
      <IconButton icon="redo" label="Redo" disabled={!designer.canRedo} onClick={() => designer.redo()} />
      <span class="design-said" aria-hidden="true">
        {designer.said.value}
      </span>
      <span class="segments">
        <button
          type="button"
          class="button small"
          aria-pressed={panel.value === "theme"}
          title="Colours, roles and files of the whole widget"
          onClick={turnTheme}
        >
          <Icon name="palette" /> Theme
        </button>
        <button
          type="button"
          class="button small"
          aria-pressed={designer.isTried.value}
          title="Let the form answer clicks and keys, without its code"
          onClick={() => designer.tryOut(!designer.isTried.value)}
        >
          Try it
        </button>
      </span>
      <ZoomBar designer={designer} />
      <span class="segments design-widths" role="group" aria-label="Width">
        {WIDTHS.map(([width, label]) => (
          <button
            key={label}
            type="button"
            class="button small"
            aria-pressed={designer.width.value === width}
            title={width ? `${width} pixels wide` : "As wide as there is room"}
            onClick={() => {
              designer.width.value = width;
            }}
          >
            {label}
          </button>
        ))}
      </span>
    </div>
  );
}

/// Keys of the designer; those that are typed into a field are the field's.
function pressed(event: KeyboardEvent, designer: Designer): void {
  const target = event.target as Element;
  if (target.closest("input,textarea,select,.cm-editor,dialog")) return;
  const ids = designer.selection.all.value;
  const isCommand = event.ctrlKey || event.metaKey;
  const key = `${isCommand ? "Mod-" : ""}${event.altKey ? "Alt-" : ""}${event.shiftKey ? "Shift-" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
  const act = KEYS[key as DesignKey];
  // What has the focus in the theme's editor is no component.
  if (!act || (target.closest(".design-theme") && !isCommand)) return;
  // A button that has the focus is pressed by Enter itself.
  if (key === "Enter" && !target.matches(SELECTING)) return;
  event.preventDefault();
  act(designer, ids);
}

/// Where Enter means what is selected, and no button or link.
const SELECTING = ".design-overlay,[role=treeitem],body";

/// What a component is for, as a double click on a button does; nothing for one without an event of its own.
function open(designer: Designer): void {
  const part = designer.part.value;
  const event = part && specOf(part.type).default_event;
  if (event) designer.handle(part.id, event);
}

const KEYS: Readonly<Record<DesignKey, (designer: Designer, ids: readonly string[]) => void>> = {
  "Mod-z": (designer) => designer.undo(),
  "Mod-Shift-z": (designer) => designer.redo(),
  "Mod-y": (designer) => designer.redo(),
  "Mod-a": (designer) => designer.selectAll(),
  "Mod-c": (designer, ids) => designer.copy(ids),
  "Mod-x": (designer, ids) => {
    designer.copy(ids);
    designer.remove(ids);
  },
  "Mod-v": (designer) => designer.paste(),
  "Mod-d": (designer, ids) => designer.duplicate(ids),
  "/": () => document.querySelector<HTMLInputElement>(".design-toolbox input")?.select(),
  F2: (designer, ids) => {
    designer.typing.value = ids.at(-1) ?? "";
  },
  Delete: (designer, ids) => designer.remove(ids),
  Backspace: (designer, ids) => designer.remove(ids),
  "Alt-ArrowUp": (designer) => nudge(designer, -1),
  "Alt-ArrowDown": (designer) => nudge(designer, 1),
  "Alt-ArrowLeft": outdent,
  "Alt-ArrowRight": indent,
  "Alt-Shift-ArrowLeft": (designer) => widen(designer, -1),
  "Alt-Shift-ArrowRight": (designer) => widen(designer, 1),
  Enter: open,
  Escape: (designer) => {
    if (designer.selected.value === "") leave(designer);
    else designer.selection.only(designer.part.value?.parent ?? "");
  },
};
