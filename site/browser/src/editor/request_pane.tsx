import { useState } from "preact/hooks";
import type { EditorModel } from "./model.ts";
import { Icon, Pane } from "./parts.tsx";
import { curl } from "./words.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// Puts a request together: a curl line to copy, and a link for what a browser can open by itself.
export function RequestPane({ model }: { readonly model: EditorModel }) {
  const [method, setMethod] = useState("GET");
  const [path, setPath] = useState("/");
  const [body, setBody] = useState("");
  const url = model.data.url.replace(/\/$/, "") + (path.startsWith("/") ? path : `/${path}`);
  const line = curl(method, url, ["GET", "HEAD"].includes(method) ? "" : body);
  return (
    <Pane label="Try a request" className="request-pane">
      <h2>Try a request</h2>
      <div class="request-line">
        <select aria-label="Method" value={method} onChange={(event) => setMethod(event.currentTarget.value)}>
          {METHODS.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <input
          type="text"
          aria-label="Path"
          class="mono"
          value={path}
          spellcheck={false}
          onInput={(event) => setPath(event.currentTarget.value)}
        />
      </div>
      {!["GET", "HEAD"].includes(method) && (
        <textarea
          aria-label="Body"
          class="mono"
          rows={4}
          placeholder='{"name": "Ada"}'
          value={body}
          onInput={(event) => setBody(event.currentTarget.value)}
        />
      )}
      <div class="snippet">
        <pre tabIndex={0}>{line}</pre>
        <button
          type="button"
          class="button quiet small icon-only"
          data-copy={line}
          title="Copy"
          aria-label="Copy the curl command"
        >
          <Icon name="copy" />
        </button>
      </div>
      {method === "GET" && (
        <a class="button small" href={url} target="_blank" rel="noopener">
          <Icon name="open" /> Open in a new tab
        </a>
      )}
      <p class="muted small">
        It answers with the latest saved revision. Each request shows below, with what it printed.
      </p>
    </Pane>
  );
}
