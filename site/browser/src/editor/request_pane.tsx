import { useEffect, useState } from "preact/hooks";
import { statusClass, statusWords } from "./answer.ts";
import { keyText } from "./commands.ts";
import type { EditorModel } from "./model.ts";
import { Icon, IconButton, Pane } from "./parts.tsx";
import {
  type BodyKind,
  curl,
  type Draft,
  METHODS,
  oddity,
  paramsIn,
  type Row,
  takesBody,
  targetOf,
} from "./request.ts";
import { ResponseView } from "./response_view.tsx";
import { type Route, routesOf } from "./routes.ts";
import { isMac } from "./top_bar.tsx";
import { Trials } from "./trials.ts";

/// The routes of the code as it is typed, a moment later.
function useRoutes(model: EditorModel): readonly Route[] {
  const [routes, setRoutes] = useState<readonly Route[]>([]);
  const edits = model.edits.value;
  useEffect(() => {
    const timer = setTimeout(() => setRoutes(routesOf(model.collect())), 300);
    return () => clearTimeout(timer);
  }, [model, edits]);
  return routes;
}

function trialsOf(model: EditorModel): Trials {
  model.trials ??= new Trials(model.api, model.data.slug);
  return model.trials;
}

/// Puts a request together, sends it and shows the answer.
export function RequestPane({ model }: { readonly model: EditorModel }) {
  const trials = trialsOf(model);
  const draft = trials.draft.value;
  const params = paramsIn(draft.path);
  const odd = oddity(draft);
  return (
    <Pane label="Try a request" className="request-pane">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void model.tryRequest();
        }}
      >
        <RouteChoice model={model} />
        <div class="request-line">
          <select
            aria-label="Method"
            value={draft.method}
            onChange={(event) => trials.change({ method: event.currentTarget.value })}
          >
            {METHODS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
          <input
            type="text"
            aria-label="Path"
            class="mono"
            value={draft.path}
            spellcheck={false}
            autocapitalize="off"
            onInput={(event) => trials.change({ path: event.currentTarget.value })}
          />
        </div>
        {params.length > 0 && (
          <fieldset class="request-part">
            <legend>In the path</legend>
            {params.map((name) => (
              <label key={name} class="request-param">
                <code>:{name}</code>
                <input
                  type="text"
                  class="mono"
                  placeholder={name}
                  value={draft.params[name] ?? ""}
                  spellcheck={false}
                  onInput={(event) => trials.change({ params: { ...draft.params, [name]: event.currentTarget.value } })}
                />
              </label>
            ))}
          </fieldset>
        )}
        <Rows
          label="Query"
          one="parameter"
          rows={draft.query}
          onChange={(query) => trials.change({ query })}
          isOpen={draft.query.length > 0}
        />
        <Rows
          label="Headers"
          one="header"
          rows={draft.headers}
          onChange={(headers) => trials.change({ headers })}
          isOpen={draft.headers.length > 0}
        />
        {takesBody(draft.method) && <Body model={model} draft={draft} />}
        {odd && <p class="small request-odd">{odd}</p>}
        <div class="row request-actions">
          {trials.is_sending.value ? (
            <button key="cancel" type="button" class="button danger" onClick={() => trials.abort()}>
              <Icon name="stop" /> Cancel
            </button>
          ) : (
            <button
              key="send"
              type="submit"
              class="button primary"
              title={`Save and send (${keyText("Mod-Enter", isMac)})`}
            >
              <Icon name="send" /> Send
            </button>
          )}
          <Elsewhere model={model} />
        </div>
      </form>
      <ResponseView trials={trials} csrf={model.api.csrf} />
      <PastRequests model={model} />
      <p class="muted small">Sending saves first. Each request shows below, with what it printed.</p>
    </Pane>
  );
}

function RouteChoice({ model }: { readonly model: EditorModel }) {
  const routes = useRoutes(model);
  const { path } = trialsOf(model).draft.value;
  if (routes.length === 0) return <h2>Try a request</h2>;
  const at = routes.findIndex((route) => route.path === path);
  return (
    <div class="field request-route">
      <label for="request-route">Route</label>
      <select
        id="request-route"
        class="mono"
        value={String(at)}
        onChange={(event) => {
          const route = routes[Number(event.currentTarget.value)];
          if (route) trialsOf(model).pick(route);
        }}
      >
        {at < 0 && <option value="-1">{path}</option>}
        {routes.map((route, index) => (
          <option key={index} value={String(index)}>
            {route.path}
          </option>
        ))}
      </select>
    </div>
  );
}

interface RowsProps {
  readonly label: string;
  readonly one: string;
  readonly rows: readonly Row[];
  readonly onChange: (rows: readonly Row[]) => void;
  readonly isOpen: boolean;
}

/// Names and values; there is always an empty line to go on typing.
function Rows({ label, one, rows, onChange, isOpen }: RowsProps) {
  const shown = [...rows, { name: "", value: "" }];
  const set = (at: number, row: Row) => onChange(shown.map((old, index) => (index === at ? row : old)).filter(isUsed));
  return (
    <details class="request-part" open={isOpen}>
      <summary>
        {label} {rows.length > 0 && <span class="muted">{rows.length}</span>}
      </summary>
      {shown.map((row, at) => (
        <div key={at} class="request-row">
          <input
            type="text"
            class="mono"
            aria-label={`${label}, name of ${one} ${at + 1}`}
            placeholder="name"
            value={row.name}
            spellcheck={false}
            autocapitalize="off"
            onInput={(event) => set(at, { ...row, name: event.currentTarget.value })}
          />
          <input
            type="text"
            class="mono"
            aria-label={`${label}, value of ${one} ${at + 1}`}
            placeholder="value"
            value={row.value}
            spellcheck={false}
            autocapitalize="off"
            onInput={(event) => set(at, { ...row, value: event.currentTarget.value })}
          />
          <IconButton
            icon="close"
            label={`Remove ${one} ${row.name || at + 1}`}
            disabled={at === rows.length}
            onClick={() => onChange(rows.filter((_, index) => index !== at))}
          />
        </div>
      ))}
    </details>
  );
}

function isUsed(row: Row): boolean {
  return row.name !== "" || row.value !== "";
}

const BODIES: readonly (readonly [BodyKind, string])[] = [
  ["none", "no body"],
  ["json", "JSON"],
  ["form", "form"],
  ["text", "text"],
  ["file", "file"],
];

function Body({ model, draft }: { readonly model: EditorModel; readonly draft: Draft }) {
  const trials = trialsOf(model);
  const kind = draft.body_kind;
  return (
    <div class="request-part">
      <div class="request-line">
        <label for="request-body-kind">Body</label>
        <select
          id="request-body-kind"
          value={kind}
          onChange={(event) => trials.change({ body_kind: event.currentTarget.value as BodyKind })}
        >
          {BODIES.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </div>
      {(kind === "json" || kind === "text") && (
        <textarea
          aria-label={kind === "json" ? "Body as JSON" : "Body as text"}
          class="mono"
          rows={5}
          spellcheck={false}
          placeholder={kind === "json" ? '{"name": "Ada"}' : ""}
          value={draft.text}
          onInput={(event) => trials.change({ text: event.currentTarget.value })}
        />
      )}
      {kind === "form" && (
        <Rows label="Form" one="field" rows={draft.form} onChange={(form) => trials.change({ form })} isOpen={true} />
      )}
      {kind === "file" && (
        <input
          type="file"
          aria-label="File to send as the body"
          onChange={(event) => {
            trials.file.value = event.currentTarget.files?.[0] ?? null;
          }}
        />
      )}
    </div>
  );
}

/// The same request outside of this page: as a curl line, or as a link that a browser can open.
function Elsewhere({ model }: { readonly model: EditorModel }) {
  const trials = trialsOf(model);
  const draft = trials.draft.value;
  const origin = model.data.url.replace(/\/$/, "");
  const isPrivate = model.data.visibility === "private";
  const preview = trials.preview.value;
  if (isPrivate && !preview) {
    return (
      <button
        type="button"
        class="button quiet small"
        title="It is private: a link that opens it for 15 minutes, for whoever has it"
        onClick={() => void trials.makePreview()}
      >
        <Icon name="private" /> Link for 15 minutes
      </button>
    );
  }
  const line = curl(origin, draft, trials.file.value, preview ? [{ name: preview.header, value: preview.token }] : []);
  const target = targetOf(draft);
  const key = preview ? `${target.includes("?") ? "&" : "?"}${new URL(preview.url).search.slice(1)}` : "";
  return (
    <>
      <button type="button" class="button small" data-copy={line} title={line} aria-label="Copy the curl command">
        <Icon name="copy" /> curl
      </button>
      {draft.method === "GET" && (
        <a
          class="button quiet small icon-only"
          href={origin + target + key}
          target="_blank"
          rel="noopener"
          title="Open in a new tab"
          aria-label="Open in a new tab"
        >
          <Icon name="open" />
        </a>
      )}
    </>
  );
}

function PastRequests({ model }: { readonly model: EditorModel }) {
  const past = trialsOf(model).past.value;
  if (past.length === 0) return null;
  return (
    <details class="request-part request-past">
      <summary>
        Sent before <span class="muted">{past.length}</span>
      </summary>
      <ul>
        {past.map((one, at) => (
          <li key={at}>
            <button type="button" class="plain" onClick={() => trialsOf(model).again(one)}>
              <code>
                {one.draft.method} {one.target}
              </code>
              <span class={`answer-status ${statusClass(one.status)}`}>{statusWords(one.status)}</span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
