import { useEffect, useRef, useState } from "preact/hooks";
import type { Question } from "../api/types.ts";
import { givenOf, givenText } from "../run/arguments.ts";
import { relativeTime } from "../shell/relative.ts";
import type { Console, Shown } from "./console.ts";
import { isServed } from "./kinds.ts";
import { useLoaded } from "./loaded.ts";
import type { EditorModel } from "./model.ts";
import { OutputView } from "./output_view.ts";
import { missingPackage } from "./packages.ts";
import { Icon, IconButton, Pane } from "./parts.tsx";
import type { Place } from "./traceback.ts";
import { duration, isRefusal, outcomeWords, requestText, runIcon } from "./words.ts";

/// Less than this is too little for output and the line that a run asks for.
const LITTLE_PX = 220;

interface ConsoleProps {
  readonly model: EditorModel;
  readonly later: typeof import("./later.tsx") | null;
}

export function ConsolePane({ model, later }: ConsoleProps) {
  const isApi = isServed(model.data.kind);
  const all = model.console.runs.value;
  const runs = model.latest_only.value ? all.slice(0, 1) : all;
  const list = useRef<HTMLDivElement>(null);
  const isStarting = all[0]?.phase === "starting" && all[0].isMine;
  useEffect(() => {
    // What was typed is in the line that stays; the output needs the room.
    if (isStarting && list.current && list.current.clientHeight < LITTLE_PX) model.form.is_open.value = false;
  }, [isStarting, model]);
  return (
    <Pane label={isApi ? "Requests" : "Console"} className="console-pane">
      <header>
        <h2>{isApi ? "Requests" : "Console"}</h2>
        {!model.is_connected.value && (
          <span class="outcome outcome-timeout" role="status">
            <Icon name="warning" />
            <span>Connection lost, trying again</span>
          </span>
        )}
        <label class="latest">
          <input
            type="checkbox"
            checked={model.latest_only.value}
            onChange={(event) => {
              model.latest_only.value = event.currentTarget.checked;
            }}
          />
          Latest only
        </label>
        <IconButton icon="clear" label="Clear the console" onClick={() => model.console.clear()} />
        <a class="small" href={`/w/${model.data.slug}/runs`}>
          All {isApi ? "requests" : "runs"}
        </a>
      </header>
      {!isApi && later && <later.RunFields form={model.form} onRun={() => void model.run()} />}
      <div ref={list} class="console-runs">
        {runs.length === 0 && <Nothing isApi={isApi} />}
        {runs.map((shown, at) => (
          <RunEntry
            key={shown.id.startsWith("new-") ? "new" : shown.id}
            shown={shown}
            model={model}
            startsOpen={at === 0 && (shown.isMine || shown.phase !== "finished")}
          />
        ))}
      </div>
      <p class="visually-hidden" role="status">
        {model.console.announcement.value}
      </p>
    </Pane>
  );
}

function Nothing({ isApi }: { readonly isApi: boolean }) {
  return (
    <p class="console-empty">
      {isApi
        ? "No requests yet. Open the public URL or use curl: each request shows here with what it printed."
        : "No runs yet. Press Run: the output shows here as it comes."}
    </p>
  );
}

function RunEntry({
  shown,
  model,
  startsOpen,
}: {
  readonly shown: Shown;
  readonly model: EditorModel;
  readonly startsOpen: boolean;
}) {
  const [open, setOpen] = useState(startsOpen);
  // A quick run may be told of as somebody's before the site's answer says that it is ours.
  useEffect(() => {
    if (startsOpen) setOpen(true);
  }, [startsOpen]);
  const given = givenText(givenOf(shown.run));
  const lacking = missingPackage(shown.run.error ?? "", model.files.value);
  return (
    <details
      class="run"
      open={open}
      data-phase={shown.phase}
      data-outcome={shown.run.outcome ?? ""}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <Icon name="down" />
        <Outcome shown={shown} limit_s={model.data.timeout_s} />
        {shown.run.request && <code>{requestText(shown.run.request)}</code>}
        {given && (
          <code class="run-given" title={given}>
            {given}
          </code>
        )}
        <span class="muted push">rev {shown.run.revision}</span>
        <time
          class="muted"
          data-exact
          dateTime={new Date(shown.began_ms).toISOString()}
          title={new Date(shown.began_ms).toLocaleString()}
        >
          {relativeTime(shown.began_ms, Date.now())}
        </time>
      </summary>
      {open && shown.phase === "refused" && <p class="run-problem">{shown.problem}</p>}
      {open && shown.phase !== "refused" && !shown.id.startsWith("new-") && (
        <Output key={shown.id} shown={shown} model={model} />
      )}
      {open && shown.question && (
        <Ask key={shown.question.number} shown={shown} question={shown.question} model={model} />
      )}
      {open && !shown.run.values && <Returned value={shown.run.returned} />}
      {open && lacking && shown.phase === "finished" && (
        <p class="run-lacking">
          <button type="button" class="button small" onClick={() => void model.addAndRun(lacking)}>
            <Icon name="plus" /> {model.data.kind === "script" ? `Add ${lacking} and run again` : `Add ${lacking}`}
          </button>
        </p>
      )}
    </details>
  );
}

/// What a script returned; what a main function did is in its output already.
function Returned({ value }: { readonly value: unknown }) {
  if (value === null || value === undefined) return null;
  return (
    <p class="run-returned">
      <span class="muted">Returned</span> <code>{JSON.stringify(value)}</code>
    </p>
  );
}

function Ask({
  shown,
  question,
  model,
}: {
  readonly shown: Shown;
  readonly question: Question;
  readonly model: EditorModel;
}) {
  const ask = useLoaded(() => import("../run/ask_line.tsx"));
  return (
    ask && (
      <ask.AskLine
        question={question}
        takesFocus={shown.isMine && model.typed_ms < shown.began_ms}
        onAnswer={(text) => model.console.answer(shown.id, question, text)}
      />
    )
  );
}

export function Outcome({ shown, limit_s }: { readonly shown: Shown; readonly limit_s: number }) {
  const isLive = shown.phase === "starting" || shown.phase === "running";
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!isLive) return;
    const timer = setInterval(() => setNow(Date.now()), 100);
    return () => clearInterval(timer);
  }, [isLive]);
  const seconds = shown.seconds ?? Math.max(0, (now - shown.began_ms) / 1000);
  let words = `${shown.question ? "waits for input" : "running"} · ${duration(seconds)}`;
  if (shown.phase === "starting") words = "starting…";
  if (shown.phase === "refused") words = "refused";
  if (shown.phase === "finished")
    words = outcomeWords(
      shown.run.outcome ?? "internal_error",
      shown.run.error ?? "",
      seconds,
      limit_s,
      shown.run.request?.status,
    );
  return (
    <span
      class={`outcome outcome-${shown.phase === "refused" ? "error" : isRefusal(shown.run) ? "timeout" : (shown.run.outcome ?? "running")}`}
    >
      <Icon name={shown.phase === "refused" ? "bad" : runIcon(shown.run)} />
      <span>{words}</span>
    </span>
  );
}

/// What output needs around it: where it comes from, and what a line of a traceback leads to.
export interface OutputHost {
  readonly console: Console;
  readonly files: { readonly value: readonly string[] };
  goTo(place: Place): void;
}

export function Output({ shown, model }: { readonly shown: Shown; readonly model: OutputHost }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!box.current) return;
    const view = new OutputView({
      box: box.current,
      run: shown.id,
      paths: () => model.files.value,
      onPlace: (place) => model.goTo(place),
    });
    return model.console.attach(shown.id, view);
  }, [shown.id, model]);
  // The log role announces what is added; only start and end are said aloud, by the status line of the pane.
  return <div ref={box} class="output" role="log" aria-live="off" aria-label="Output" tabIndex={0} />;
}
