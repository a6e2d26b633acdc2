/// The editor page's island: reads what the page carries, draws, and listens to the keyboard.
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { EditorData } from "../api/types.ts";
import { type FormPlace, formWith } from "../designer/forms/form_place.ts";
import { CodeView } from "./code_view.ts";
import { commandsOf } from "./command_list.ts";
import { pressedCommand } from "./commands.ts";
import { ConsolePane } from "./console_pane.tsx";
import { FilesPane, Tabs } from "./files_pane.tsx";
import { isServed } from "./kinds.ts";
import { useLoaded } from "./loaded.ts";
import { EditorModel } from "./model.ts";
import { Palette } from "./palette.tsx";
import { Icon, IconButton, setSprite } from "./parts.tsx";
import { prefer } from "./preferences.ts";
import { split } from "./splitter.ts";
import { isMac, RunButtons, TopBar } from "./top_bar.tsx";

type Later = typeof import("./later.tsx");

interface CodeProps {
  readonly model: EditorModel;
  readonly nonce: string;
  readonly later: Later | null;
}

function Code({ model, nonce, later }: CodeProps) {
  const parent = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (parent.current)
      void model.begin(
        new CodeView({
          parent: parent.current,
          nonce,
          onChange: () => model.touched(),
          language: model.language,
          show: (path) => model.openFile(path),
          tables: () => model.api.tables(model.data.slug),
          clientCode: model.clientCode,
          goTo: (place) => model.goTo(place),
        }),
      );
  }, [model, nonce]);
  const form = model.data.kind === "gui" ? formWith(model.active.value, model.files.value) : undefined;
  const view = form ? model.form_view.value : "code";
  const isMarkdown = model.active.value.endsWith(".md");
  const isPreview = isMarkdown && model.is_preview.value;
  const isText = !model.active.value || model.isText(model.active.value);
  return (
    <div class="code-pane" data-view={view}>
      <Tabs model={model} />
      {form && <FormViews model={model} />}
      {form && view !== "code" && <Design model={model} form={form} />}
      {later && isMarkdown && <later.MarkdownBar model={model} />}
      {later && isPreview && <later.MarkdownView model={model} />}
      {!isText && <p class="console-empty">{model.active.value} is not text, so it can't be edited here.</p>}
      <div ref={parent} class="code" hidden={!isText || isPreview || view === "design"} />
    </div>
  );
}

const FORM_VIEWS = [
  ["design", "Design"],
  ["split", "Split"],
  ["code", "Code"],
] as const;

/// How the form is shown that the file is part of.
function FormViews({ model }: { readonly model: EditorModel }) {
  return (
    <div class="form-views segments" role="group" aria-label="Show the form as">
      {FORM_VIEWS.map(([view, label]) => (
        <button
          key={view}
          type="button"
          class="button small"
          aria-pressed={model.form_view.value === view}
          onClick={() => {
            model.form_view.value = view;
            prefer({ form_view: view });
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

/// The designer, which only who draws a form loads.
function Design({ model, form }: { readonly model: EditorModel; readonly form: FormPlace }) {
  const pane = useLoaded(() => import("../designer/design_pane.tsx"));
  return pane ? (
    <pane.DesignPane key={form.template} model={model} form={form} />
  ) : (
    <section class="design-pane" aria-busy="true" />
  );
}

/// The request pane, which only HTTP APIs load.
function Requests({ model }: { readonly model: EditorModel }) {
  const pane = useLoaded(() => import("./request_pane.tsx"));
  return pane ? <pane.RequestPane model={model} /> : <section class="request-pane" aria-busy="true" />;
}

/// The app that runs beside its code, which only GUIs load.
function RunningApp({ model }: { readonly model: EditorModel }) {
  const pane = useLoaded(() => import("./app_pane.tsx"));
  return pane ? <pane.AppPane model={model} /> : <section class="app-pane" aria-busy="true" />;
}

function App({ model, nonce }: { readonly model: EditorModel; readonly nonce: string }) {
  const later: Later | null = useLoaded(() => import("./later.tsx"));
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!root.current) return;
    const at = (name: string) => root.current?.querySelector<HTMLElement>(`.splitter-${name}`) ?? null;
    const [side, foot] = [at("side"), at("foot")];
    const beside = at("app");
    if (beside)
      split({
        handle: beside,
        root: root.current,
        property: "--app",
        axis: "x",
        sign: -1,
        min_px: 240,
        max_px: () => innerWidth * 0.6,
        initial_px: 480,
      });
    if (side)
      split({
        handle: side,
        root: root.current,
        property: "--side",
        axis: "x",
        sign: 1,
        min_px: 120,
        max_px: () => innerWidth / 3,
        initial_px: 208,
      });
    if (foot)
      split({
        handle: foot,
        root: root.current,
        property: "--foot",
        axis: "y",
        sign: -1,
        min_px: 96,
        max_px: () => innerHeight - 240,
        initial_px: 280,
      });
  }, []);
  const state = model.save_state.value;
  const running = model.console.runs.value.some((item) => item.phase === "starting" || item.phase === "running");
  return (
    <div ref={root} class="editor" data-pane={model.pane.value} data-kind={model.data.kind}>
      <TopBar model={model} />
      {later && state.kind === "conflict" && <later.ConflictNotice model={model} conflict={state.conflict} />}
      {(state.kind === "offline" || state.kind === "refused") && (
        <p class="editor-notice warn" role="alert">
          <Icon name="warning" /> {state.message}
          {state.kind === "offline" && state.isSignedOut && (
            <a href="/sign-in" target="_blank" rel="noopener">
              Sign in
            </a>
          )}
        </p>
      )}
      {model.notice.value && (
        <p class="editor-notice" role="status">
          <Icon name="restore" /> {model.notice.value}
          {model.mended.value?.done === model.notice.value && (
            <button type="button" class="button small" onClick={() => model.unmend()}>
              Undo
            </button>
          )}
          <IconButton
            icon="close"
            label="Hide this"
            onClick={() => {
              model.notice.value = "";
            }}
          />
        </p>
      )}
      <div class="editor-main">
        <FilesPane model={model} later={later} />
        <div
          class="splitter splitter-side"
          role="separator"
          tabIndex={0}
          aria-orientation="vertical"
          aria-label="Width of the file list"
          aria-valuenow={208}
        />
        <Code model={model} nonce={nonce} later={later} />
        {model.data.kind === "api" && <Requests model={model} />}
        {model.data.kind === "gui" && (
          <>
            <div
              class="splitter splitter-app"
              role="separator"
              tabIndex={0}
              aria-orientation="vertical"
              aria-label="Width of the app"
              aria-valuenow={480}
            />
            <RunningApp model={model} />
          </>
        )}
      </div>
      <div
        class="splitter splitter-foot"
        role="separator"
        tabIndex={0}
        aria-orientation="horizontal"
        aria-label="Height of the console"
        aria-valuenow={280}
      />
      <ConsolePane model={model} later={later} />
      <nav class="editor-thumbs" aria-label="Panes">
        <button
          type="button"
          class="button"
          aria-pressed={model.pane.value === "code"}
          onClick={() => {
            model.pane.value = "code";
          }}
        >
          Code
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={model.pane.value === "console"}
          onClick={() => {
            model.pane.value = "console";
          }}
        >
          {isServed(model.data.kind) ? "Requests" : "Console"}
        </button>
        {model.data.kind === "api" && (
          <button
            type="button"
            class="button"
            aria-pressed={model.pane.value === "request"}
            onClick={() => {
              model.pane.value = "request";
            }}
          >
            Try
          </button>
        )}
        {model.data.kind === "gui" && (
          <button
            type="button"
            class="button"
            aria-pressed={model.pane.value === "app"}
            onClick={() => {
              model.pane.value = "app";
            }}
          >
            App
          </button>
        )}
        <RunButtons model={model} running={running} />
      </nav>
      <OpenDialog model={model} later={later} />
    </div>
  );
}

/// The dialog that is open, if any. The palette is there from the start: who presses its key types on at once.
function OpenDialog({ model, later }: { readonly model: EditorModel; readonly later: Later | null }) {
  const dialog = model.dialog.value;
  // A dialog that was closed tells so a moment later: by then another may be open.
  const close = () => {
    if (model.dialog.value === dialog) model.dialog.value = null;
  };
  if (dialog === "palette") return <Palette commands={commandsOf(model)} onClose={close} />;
  return dialog && later ? <later.OtherDialog model={model} dialog={dialog} onClose={close} /> : null;
}

function listen(model: EditorModel): void {
  addEventListener(
    "keydown",
    (event) => {
      const typing = (event.target as Element).closest("input,textarea,select,[contenteditable]");
      const command = pressedCommand(commandsOf(model), event, isMac, typing !== null);
      if (!command) return;
      event.preventDefault();
      event.stopPropagation();
      command.run();
    },
    { capture: true },
  );
}

function stay(model: EditorModel): void {
  // Vim's ":w".
  addEventListener("editor-save", () => void model.save());
  addEventListener("pagehide", () => model.leave());
  // Phones end hidden pages without a pagehide.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) model.keep();
    else model.hurry();
  });
}

const place = document.getElementById("editor");
const carried = document.getElementById("editor-data");
if (place && carried) {
  const data = JSON.parse(carried.textContent ?? "") as EditorData;
  setSprite(data.icons);
  const model = new EditorModel(data);
  place.textContent = "";
  // First of all: no key that is pressed once the page is seen may be lost.
  listen(model);
  render(<App model={model} nonce={carried.nonce ?? ""} />, place);
  stay(model);
}
