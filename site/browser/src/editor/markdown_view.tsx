import { useEffect, useState } from "preact/hooks";
import type { EditorModel } from "./model.ts";

/// The page that a Markdown file makes, as the site renders it: what it sends is safe to show.
export function MarkdownView({ model }: { readonly model: EditorModel }) {
  const [html, setHtml] = useState("");
  const [problem, setProblem] = useState("");
  const path = model.active.value;
  const edits = model.edits.value;
  useEffect(() => {
    let isCurrent = edits === model.edits.peek();
    const show = async () => {
      const content = model.collect()[path];
      try {
        const made = await model.api.markdown(typeof content === "string" ? content : "");
        if (isCurrent) setHtml(made);
        if (isCurrent) setProblem("");
      } catch (error) {
        if (isCurrent) setProblem((error as Error).message);
      }
    };
    const timer = setTimeout(() => void show(), 250);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [model, path, edits]);
  return (
    <section class="markdown-view" aria-label={`${path} as a page`} aria-live="off">
      {problem && <p class="note warn">{problem}</p>}
      {!problem && !html && <p class="muted">Nothing is written yet.</p>}
      <div class="prose" dangerouslySetInnerHTML={{ __html: html }} />
    </section>
  );
}

/// Write, or see what it looks like.
export function MarkdownBar({ model }: { readonly model: EditorModel }) {
  const isShown = model.is_preview.value;
  const choose = (shown: boolean) => () => {
    model.is_preview.value = shown;
  };
  return (
    <div class="markdown-bar" role="group" aria-label="README">
      <button type="button" class="button quiet small" aria-pressed={!isShown} onClick={choose(false)}>
        Write
      </button>
      <button type="button" class="button quiet small" aria-pressed={isShown} onClick={choose(true)}>
        Preview
      </button>
      <span class="muted small push">
        {model.active.value === "README.md" ? "Shown on the widget's page, without pictures" : "Markdown"}
      </span>
    </div>
  );
}
