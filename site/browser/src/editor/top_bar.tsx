import { useEffect, useState } from "preact/hooks";
import { relativeTime } from "../shell/relative.ts";
import { keyText } from "./commands.ts";
import { isServed } from "./kinds.ts";
import type { EditorModel } from "./model.ts";
import { Icon, IconButton } from "./parts.tsx";
import type { SaveState } from "./saver.ts";

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/// What is true about saving, in words.
export function saveWords(state: SaveState, now_ms: number): string {
  if (state.kind === "saved") return `saved ${relativeTime(state.at_ms, now_ms)} · rev ${state.revision}`;
  if (state.kind === "draft") return `draft saved ${relativeTime(state.at_ms, now_ms)} · after rev ${state.revision}`;
  if (state.kind === "typing") return `not saved yet · after rev ${state.revision}`;
  if (state.kind === "saving") return "saving…";
  if (state.kind === "conflict") return "changed in two places";
  return state.kind === "offline" ? "not saved: kept in this browser" : "not saved";
}

const SAVE_ICONS: Record<SaveState["kind"], string> = {
  saved: "done",
  draft: "edit",
  typing: "edit",
  saving: "waiting",
  offline: "warning",
  refused: "warning",
  conflict: "warning",
};

function SaveText({ model }: { readonly model: EditorModel }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const state = model.save_state.value;
  const isBad = state.kind === "offline" || state.kind === "refused" || state.kind === "conflict";
  return (
    <span
      class={`save-state${isBad ? " bad" : ""}`}
      data-state={state.kind}
      title={"message" in state ? state.message : ""}
    >
      <Icon name={SAVE_ICONS[state.kind]} />
      <span>{saveWords(state, Math.max(now, "at_ms" in state ? state.at_ms : 0))}</span>
    </span>
  );
}

const KINDS = { script: "Script", scheduled: "Scheduled", api: "HTTP API", gui: "GUI" } as const;

export function TopBar({ model }: { readonly model: EditorModel }) {
  const { data } = model;
  const isRun = !isServed(data.kind);
  const running = model.console.runs.value.some((item) => item.phase === "starting" || item.phase === "running");
  return (
    <header class="editor-bar">
      <a class="brand" href="/" aria-label="Widgetry, home">
        <Icon name="logo" />
      </a>
      <h1>
        <a href={`/w/${data.slug}`}>{data.title}</a>
      </h1>
      <span class={`kind kind-${data.kind}`}>
        <Icon name={`kind-${data.kind}`} />
        {KINDS[data.kind]}
      </span>
      <SaveText model={model} />
      <div class="editor-url url-box">
        <a href={data.url} target="_blank" rel="noopener">
          {data.url.replace(/^https?:\/\//, "")}
        </a>
        <button
          type="button"
          class="button quiet small icon-only"
          data-copy={data.url}
          title={isRun ? "Copy the link to its page" : "Copy the public URL"}
          aria-label={isRun ? "Copy the link to its page" : "Copy the public URL"}
        >
          <Icon name="copy" />
        </button>
      </div>
      <div class="editor-actions">
        <IconButton
          icon="commands"
          label={`Commands (${keyText("Mod-Shift-P", isMac)})`}
          onClick={() => {
            model.dialog.value = "palette";
          }}
        />
        <span class="wide-only">
          <IconButton
            icon="message"
            label={`Save with a message (${keyText("Mod-Shift-S", isMac)})`}
            onClick={() => {
              model.dialog.value = "message";
            }}
          />
        </span>
        <a class="button quiet small icon-only" href={`/w/${data.slug}/revisions`} title="History" aria-label="History">
          <Icon name="history" />
        </a>
        {data.kind === "scheduled" && (
          <a class="button quiet small" href={`/w/${data.slug}/schedule`}>
            <Icon name="kind-scheduled" /> Schedule
          </a>
        )}
        <RunButtons model={model} running={running} />
      </div>
    </header>
  );
}

export function RunButtons({ model, running }: { readonly model: EditorModel; readonly running: boolean }) {
  if (model.data.kind === "api") {
    return (
      <button
        type="button"
        class="button primary"
        onClick={() => void model.save()}
        title={`Save (${keyText("Mod-S", isMac)})`}
      >
        <Icon name="done" /> Save
      </button>
    );
  }
  if (model.data.kind === "gui") {
    return (
      <button
        type="button"
        class="button primary"
        onClick={() => void model.run()}
        title={`Save and run the app (${keyText("Mod-Enter", isMac)})`}
      >
        <Icon name="run" /> Run
      </button>
    );
  }
  if (running) {
    return (
      <button type="button" class="button danger" onClick={() => model.stop()}>
        <Icon name="stop" /> Stop
      </button>
    );
  }
  return (
    <button
      type="button"
      class="button primary"
      onClick={() => void model.run()}
      title={`Run (${keyText("Mod-Enter", isMac)})`}
    >
      <Icon name="run" /> Run
    </button>
  );
}
