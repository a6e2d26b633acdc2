import { useState } from "preact/hooks";
import type { Environment } from "../api/types.ts";
import type { EditorModel } from "./model.ts";
import { megabytes } from "./packages.ts";
import { Icon, IconButton } from "./parts.tsx";

const PHASES: Readonly<Record<string, string>> = {
  queued: "Waiting for a place",
  resolve: "Looking for versions",
  download: "Downloading",
  build: "Building",
  install: "Installing",
};

/// The packages of the widget: which it asks for, how far they are, and how to change them.
export function PackagesPane({ model }: { readonly model: EditorModel }) {
  const [typed, setTyped] = useState("");
  const lines = model.requirements.value;
  const state = model.packages.state.value;
  const add = (event: Event) => {
    event.preventDefault();
    if (!typed.trim()) return;
    void model.addPackage(typed.trim());
    setTyped("");
  };
  return (
    <details class="packages" data-status={state?.status ?? ""}>
      <summary>
        <Icon name="down" />
        <span>Packages</span>
        <span class="muted">{lines.length}</span>
        {state?.status === "installing" && <span class="muted push">installing…</span>}
        {state?.status === "failed" && <Icon name="warning" />}
      </summary>
      <ul>
        {lines.map((line) => (
          <li key={line}>
            <code>{line}</code>
            <IconButton icon="close" label={`Remove ${line}`} onClick={() => void model.removePackage(line)} />
          </li>
        ))}
      </ul>
      <form onSubmit={add}>
        <input
          aria-label="Add a package"
          placeholder="requests or requests==2.32.3"
          value={typed}
          spellcheck={false}
          autocapitalize="off"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit" class="button small">
          Add
        </button>
      </form>
      {state && <Progress state={state} model={model} />}
    </details>
  );
}

function Progress({ state, model }: { readonly state: Environment; readonly model: EditorModel }) {
  const loaded =
    state.limit_bytes > 0 ? `, ${megabytes(state.downloaded_bytes)} of ${megabytes(state.limit_bytes)}` : "";
  return (
    <>
      <p class={`packages-state ${state.status}`} role="status">
        {state.status === "installing" && `${PHASES[state.phase] ?? "Working"}${loaded}…`}
        {state.status === "failed" && state.message}
        {state.status === "ready" && state.packages.length > 0 && `Installed: ${state.packages.join(", ")}`}
      </p>
      {state.status === "failed" && (
        <p class="packages-again">
          Runs go on with the packages from before.
          {state.reason !== "line" && (
            <button type="button" class="button small" onClick={() => void model.packages.retry()}>
              Try again
            </button>
          )}
        </p>
      )}
      {state.log && (
        <details class="packages-log">
          <summary>Log</summary>
          <pre tabIndex={0}>{state.log}</pre>
        </details>
      )}
    </>
  );
}
