/// The editor page's island: reads what the page carries, draws, and listens to the keyboard.
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { EditorData } from "../api/types.ts";
import { CodeView } from "./code_view.ts";
import { type Command, matches } from "./commands.ts";
import { ConflictNotice } from "./conflict.tsx";
import { ConsolePane } from "./console_pane.tsx";
import { NameDialog, Palette, Shortcuts } from "./dialogs.tsx";
import { askDelete, FilesPane, Tabs } from "./files_pane.tsx";
import { MessageDialog } from "./message_dialog.tsx";
import { EditorModel } from "./model.ts";
import { Icon, IconButton, setSprite } from "./parts.tsx";
import { RequestPane } from "./request_pane.tsx";
import { split } from "./splitter.ts";
import { isMac, RunButtons, TopBar } from "./top_bar.tsx";
import { MAIN } from "./workspace.ts";

function commandsOf(model: EditorModel): Command[] {
  const go = (path: string) => () => location.assign(path);
  const { slug, kind, url } = model.data;
  const script: Command[] = [
    { id: "run", label: "Run", key: "Mod-Enter", run: () => void model.run() },
    { id: "stop", label: "Stop the run", run: () => model.stop() },
  ];
  const active = model.active.value;
  // main.py is what runs: it keeps its name.
  const ofFile: Command[] = [
    {
      id: "rename",
      label: `Rename ${active}`,
      run: () => {
        model.dialog.value = "rename";
      },
    },
    { id: "delete", label: `Delete ${active}`, run: () => askDelete(model, active) },
  ];
  return [
    ...(kind !== "api"
      ? script
      : [
          {
            id: "run",
            label: "Save and send the request",
            key: "Mod-Enter",
            run: () => {
              model.pane.value = "request";
              void model.tryRequest();
            },
          },
          { id: "public", label: "Save and open the public URL", run: () => void model.save().then(() => open(url)) },
        ]),
    { id: "save", label: "Save a revision", key: "Mod-S", run: () => void model.save() },
    {
      id: "save-message",
      label: "Save a revision with a message",
      key: "Mod-Shift-S",
      run: () => {
        model.dialog.value = "message";
      },
    },
    {
      id: "new-file",
      label: "New file",
      run: () => {
        model.dialog.value = "new-file";
      },
    },
    ...(active === MAIN ? [] : ofFile),
    { id: "code", label: "Go to the code", run: () => model.focusCode() },
    {
      id: "latest",
      label: "Show only the latest run",
      run: () => {
        model.latest_only.value = !model.latest_only.value;
      },
    },
    { id: "clear", label: "Clear the console", run: () => model.console.clear() },
    ...(kind === "scheduled" ? [{ id: "schedule", label: "Choose when it runs", run: go(`/w/${slug}/schedule`) }] : []),
    { id: "page", label: "Open the widget's page", run: go(`/w/${slug}`) },
    { id: "history", label: "History", run: go(`/w/${slug}/revisions`) },
    { id: "runs", label: kind === "api" ? "All requests" : "All runs", run: go(`/w/${slug}/runs`) },
    {
      id: "shortcuts",
      label: "Keyboard shortcuts",
      run: () => {
        model.dialog.value = "shortcuts";
      },
    },
    {
      id: "palette",
      label: "Commands",
      key: "Mod-K",
      run: () => {
        model.dialog.value = "palette";
      },
    },
    ...model.files.value.map((path) => ({
      id: `file-${path}`,
      label: `Open ${path}`,
      run: () => model.openFile(path),
    })),
  ];
}

function Code({ model, nonce }: { readonly model: EditorModel; readonly nonce: string }) {
  const parent = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (parent.current)
      void model.begin(new CodeView({ parent: parent.current, nonce, onChange: () => model.touched() }));
  }, [model, nonce]);
  const isText = !model.active.value || model.isText(model.active.value);
  return (
    <div class="code-pane">
      <Tabs model={model} />
      {!isText && <p class="console-empty">{model.active.value} is not text, so it can't be edited here.</p>}
      <div ref={parent} class="code" hidden={!isText} />
    </div>
  );
}

function App({ model, nonce }: { readonly model: EditorModel; readonly nonce: string }) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!root.current) return;
    const at = (name: string) => root.current?.querySelector<HTMLElement>(`.splitter-${name}`) ?? null;
    const [side, foot] = [at("side"), at("foot")];
    if (side)
      split({
        handle: side,
        root: root.current,
        property: "--side",
        axis: "x",
        sign: 1,
        min_px: 120,
        max_px: () => innerWidth / 3,
        initial_px: 184,
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
  const dialog = model.dialog.value;
  const close = () => {
    model.dialog.value = null;
  };
  const running = model.console.runs.value.some((item) => item.phase === "starting" || item.phase === "running");
  return (
    <div ref={root} class="editor" data-pane={model.pane.value} data-kind={model.data.kind}>
      <TopBar model={model} />
      {state.kind === "conflict" && <ConflictNotice model={model} conflict={state.conflict} />}
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
        <FilesPane model={model} />
        <div
          class="splitter splitter-side"
          role="separator"
          tabIndex={0}
          aria-orientation="vertical"
          aria-label="Width of the file list"
          aria-valuenow={184}
        />
        <Code model={model} nonce={nonce} />
        {model.data.kind === "api" && <RequestPane model={model} />}
      </div>
      <div
        class="splitter splitter-foot"
        role="separator"
        tabIndex={0}
        aria-orientation="horizontal"
        aria-label="Height of the console"
        aria-valuenow={280}
      />
      <ConsolePane model={model} />
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
          {model.data.kind === "api" ? "Requests" : "Console"}
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
        <RunButtons model={model} running={running} />
      </nav>
      {dialog === "palette" && <Palette commands={commandsOf(model)} onClose={close} />}
      {dialog === "shortcuts" && <Shortcuts commands={commandsOf(model)} onClose={close} />}
      {(dialog === "new-file" || dialog === "rename") && <NameDialog model={model} onClose={close} />}
      {dialog === "message" && <MessageDialog model={model} onClose={close} />}
    </div>
  );
}

function listen(model: EditorModel): void {
  addEventListener(
    "keydown",
    (event) => {
      const typing = (event.target as Element).closest("input,textarea,select,[contenteditable]");
      if (event.key === "?" && !typing) model.dialog.value = "shortcuts";
      const command = commandsOf(model).find((item) => item.key && matches(item.key, event, isMac));
      if (!command) return;
      event.preventDefault();
      event.stopPropagation();
      command.run();
    },
    { capture: true },
  );
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
  render(<App model={model} nonce={carried.nonce ?? ""} />, place);
  listen(model);
}
