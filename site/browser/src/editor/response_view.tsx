import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Answer, bodyText, headerOf, prettyJson, sizeWords, statusClass, statusWords } from "./answer.ts";
import { Icon } from "./parts.tsx";
import type { Trials } from "./trials.ts";
import { duration } from "./words.ts";

/// Characters of a text that are drawn; all of it can be saved.
const MAX_SHOWN = 200_000;

type Tab = "body" | "headers" | "raw";

/// The answer to the last request: what it says, as what it is.
export function ResponseView({ trials, csrf }: { readonly trials: Trials; readonly csrf: string }) {
  const [tab, setTab] = useState<Tab>("body");
  const answer = trials.answer.value;
  const said = trials.is_sending.value ? "Waiting for the answer…" : trials.problem.value;
  return (
    <section class="answer" aria-label="Answer" aria-busy={trials.is_sending.value}>
      <p class={`small answer-said${trials.problem.value ? " bad" : ""}`} role="status">
        {said}
        {!said && answer && (
          <>
            <strong class={`answer-status ${statusClass(answer.status)}`}>{statusWords(answer.status)}</strong>
            <span class="muted">
              {duration(answer.duration_ms / 1000)}, {sizeWords(answer.size_bytes)}
              {answer.is_whole ? "" : ` (only the first ${sizeWords(answer.bytes.length)} are here)`}
            </span>
          </>
        )}
      </p>
      {answer && !trials.is_sending.value && (
        <>
          <div class="answer-tabs" role="group" aria-label="Show">
            {(["body", "headers", "raw"] as const).map((name) => (
              <button
                key={name}
                type="button"
                class="button quiet small"
                aria-pressed={tab === name}
                onClick={() => setTab(name)}
              >
                {{ body: "Body", headers: "Headers", raw: "Raw" }[name]}
              </button>
            ))}
            <Save answer={answer} />
          </div>
          {tab === "body" && <Body answer={answer} csrf={csrf} />}
          {tab === "headers" && <Headers answer={answer} />}
          {tab === "raw" && <Text text={rawText(answer)} label="The answer as it came" />}
        </>
      )}
    </section>
  );
}

function Body({ answer, csrf }: { readonly answer: Answer; readonly csrf: string }) {
  const text = useMemo(() => bodyText(answer), [answer]);
  if (answer.look === "empty") return <p class="muted small">The body is empty.</p>;
  if (answer.look === "image") return <Picture answer={answer} />;
  if (answer.look === "bytes") return <p class="muted small">{sizeWords(answer.bytes.length)} that are not text.</p>;
  if (answer.look === "html") {
    return <Page html={text} csrf={csrf} />;
  }
  return <Text text={answer.look === "json" ? prettyJson(text) : text} label="The body" />;
}

/// HTML in a frame without any permission: the site sends it back there under a policy of its own.
function Page({ html, csrf }: { readonly html: string; readonly csrf: string }) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.submit(), [html]);
  return (
    <>
      <form ref={form} method="post" action="/frames/html" target="answer-frame" hidden>
        <input type="hidden" name="csrf_token" value={csrf} />
        <textarea name="html" value={html} />
      </form>
      <iframe class="answer-frame" name="answer-frame" title="The page, without its scripts" sandbox="" />
    </>
  );
}

function Picture({ answer }: { readonly answer: Answer }) {
  const address = useMemo(() => {
    let text = "";
    for (const byte of answer.bytes) text += String.fromCharCode(byte);
    return `data:${answer.type};base64,${btoa(text)}`;
  }, [answer]);
  return <img class="answer-picture" src={address} alt="The body" />;
}

function Headers({ answer }: { readonly answer: Answer }) {
  return (
    <dl class="answer-headers">
      {answer.headers.map(([name, value], at) => (
        <div key={at}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Text({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <pre class="answer-text" tabIndex={0} role="group" aria-label={label}>
      {text.slice(0, MAX_SHOWN)}
      {text.length > MAX_SHOWN && `\n… ${text.length - MAX_SHOWN} characters more are in the saved file.`}
    </pre>
  );
}

function rawText(answer: Answer): string {
  const head = answer.headers.map(([name, value]) => `${name}: ${value}`).join("\n");
  const isShown = answer.look !== "bytes" && answer.look !== "image";
  const body = isShown ? bodyText(answer) : `(${sizeWords(answer.bytes.length)} of ${answer.type || "no type"})`;
  return `${statusWords(answer.status)}\n${head}\n\n${body}`;
}

/// Keeps the body as a file.
function Save({ answer }: { readonly answer: Answer }) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    // As plain bytes: opened instead of saved it must never be a page of this site.
    const made = URL.createObjectURL(new Blob([answer.bytes], { type: "application/octet-stream" }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [answer]);
  const name =
    /filename="?([^";]+)/.exec(headerOf(answer.headers, "content-disposition"))?.[1] ?? `answer${ending(answer)}`;
  if (answer.bytes.length === 0) return null;
  return (
    <a class="button quiet small push" href={address} download={name} title={`Save as ${name}`}>
      <Icon name="save" /> Save
    </a>
  );
}

function ending(answer: Answer): string {
  const known: Readonly<Record<string, string>> = { json: ".json", html: ".html", text: ".txt" };
  if (answer.look === "image") return `.${answer.type.split("/")[1]?.replace(/\+.*|^x-|^vnd\..*\./, "")}`;
  return known[answer.look] ?? ".bin";
}
