import { useEffect, useRef } from "preact/hooks";
import type { Frame, Line } from "./app_run.ts";
import type { EditorModel } from "./model.ts";
import { Icon, IconButton, Pane } from "./parts.tsx";

/// What the page of a widget may do in its frame; its origin is its own, so the site stays out of its reach.
const SANDBOX = "allow-scripts allow-same-origin allow-forms allow-modals allow-popups allow-downloads";

/// Which Python client code has on each engine.
const ENGINES = {
  full: { name: "Full: Python 3.14", about: "Client code runs on Pyodide, CPython 3.14 with its library" },
  light: { name: "Light: about Python 3.7", about: "Client code runs on Skulpt: a part of about Python 3.7" },
} as const;

/// Runs a GUI beside its code, with what its client code prints and where it fails.
export function AppPane({ model }: { readonly model: EditorModel }) {
  const { app } = model;
  const { engine } = model.data;
  const frame = useRef<HTMLIFrameElement>(null);
  const starts = app.starts.value;
  useEffect(() => {
    const hear = (event: MessageEvent) => {
      if (event.source === frame.current?.contentWindow) app.hear(event);
    };
    addEventListener("message", hear);
    return () => removeEventListener("message", hear);
  }, [app]);
  const stop = () => frame.current?.contentWindow?.postMessage({ kind: "stop" }, new URL(model.data.url).origin);
  return (
    <Pane label="App" className="app-pane">
      <header>
        <h2>App</h2>
        <a class="app-engine" href="/docs/gui#two-engines" target="_blank" rel="noopener" title={ENGINES[engine].about}>
          {ENGINES[engine].name}
        </a>
        {starts > 0 && (
          <button type="button" class="button small" onClick={stop} title="Stop the client code that runs now">
            <Icon name="stop" /> Stop code
          </button>
        )}
        <IconButton icon="open" label="Open in a tab" onClick={() => void model.openApp()} />
      </header>
      {starts === 0 ? (
        <p class="console-empty">Run shows the app here, as its owner sees it, also while it is private.</p>
      ) : (
        <iframe
          key={starts}
          ref={frame}
          title={`App ${model.data.title}`}
          src={`/w/${model.data.slug}/preview`}
          sandbox={SANDBOX}
          allow="clipboard-write; fullscreen"
        />
      )}
      <AppConsole model={model} />
    </Pane>
  );
}

function AppConsole({ model }: { readonly model: EditorModel }) {
  const lines = model.app.lines.value;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Who reads further up is left there.
    const shown = box.current;
    if (shown && shown.scrollHeight - shown.scrollTop - shown.clientHeight < 60) shown.scrollTop = shown.scrollHeight;
  }, [lines]);
  if (lines.length === 0) return null;
  return (
    <div class="app-console">
      <IconButton icon="clear" label="Clear what the app said" onClick={() => model.app.clear()} />
      <div ref={box} class="output" role="log" aria-label="What the app said" tabIndex={0}>
        {lines.map((line, at) => (
          <Said key={at} line={line} model={model} />
        ))}
      </div>
    </div>
  );
}

function Said({ line, model }: { readonly line: Line; readonly model: EditorModel }) {
  if (line.kind === "print") return <pre>{line.text}</pre>;
  return (
    <div class="app-error">
      <strong>{line.text}</strong>
      {line.trace.map((frame, at) => (
        <Step key={at} frame={frame} model={model} />
      ))}
    </div>
  );
}

function Step({ frame, model }: { readonly frame: Frame; readonly model: EditorModel }) {
  const { place } = frame;
  if (!place) return <div>{frame.text}</div>;
  return (
    <div>
      <button type="button" class="place" onClick={() => model.goTo(place)}>
        {place.path}, line {place.line}
      </button>
    </div>
  );
}
