import { signal } from "@preact/signals";
import type { Api } from "../api/client.ts";
import { ApiError } from "../api/client.ts";
import type { Live } from "../api/live.ts";
import type { Given, Outcome, Question, Run, RunEvent } from "../api/types.ts";
import { randomId } from "../random_id.ts";
import { openQuestion } from "../run/question.ts";
import { time_ms } from "./words.ts";

/// One run as the console shows it.
export interface Shown {
  readonly id: string;
  readonly run: Run;
  /// "starting" until the first event, then "running", then "finished".
  readonly phase: "starting" | "running" | "finished" | "refused";
  /// When Run was pressed, or the run was made.
  readonly began_ms: number;
  readonly seconds: number | null;
  readonly problem: string;
  /// Whether it was started here: its output is unfolded, however quickly it ended.
  readonly isMine: boolean;
  /// What it waits for, if it does.
  readonly question: Question | null;
}

/// Where the events of a run go; drawn by `output_view.ts`, never through the virtual DOM.
export interface OutputSink {
  append(events: readonly RunEvent[]): void;
  skipped(lines: number): void;
}

const MAX_SHOWN = 50;

/// The runs of the editor's console, newest first.
export class Console {
  readonly runs = signal<readonly Shown[]>([]);
  readonly announcement = signal("");
  readonly #api: Api;
  readonly #live: Live;
  readonly #sinks = new Map<string, OutputSink>();
  readonly #early = new Map<string, RunEvent[]>();
  readonly #followed = new Set<string>();
  readonly onTraceback: (text: string, revision: number) => void;

  constructor(api: Api, live: Live, onTraceback: (text: string, revision: number) => void) {
    this.#api = api;
    this.#live = live;
    this.onTraceback = onTraceback;
  }

  /// Show runs of the past, folded; their events are loaded when they are opened.
  fill(runs: readonly Run[]): void {
    const known = new Set(this.runs.value.map((item) => item.id));
    const older = runs.filter((run) => !known.has(run.id)).map(shownOf);
    this.runs.value = [...this.runs.value, ...older].slice(0, MAX_SHOWN);
  }

  /// The connection was lost for a while: show what was made meanwhile, and how those that were under way ended.
  caughtUp(runs: readonly Run[]): void {
    for (const run of [...runs].reverse()) this.noticed(run);
  }

  /// A run that was made elsewhere (a request, another tab) or got its outcome.
  noticed(run: Run): void {
    const at = this.runs.value.findIndex((item) => item.id === run.id);
    if (at < 0) this.runs.value = [shownOf(run), ...this.runs.value].slice(0, MAX_SHOWN);
    else if (run.status === "finished")
      this.#change(run.id, { ...shownOf(run), isMine: this.runs.value[at]?.isMine ?? false });
  }

  /// Start a run and follow it; what is shown says "starting" at once.
  async start(slug: string, revision: number, given: Given): Promise<string | null> {
    const placeholder = `new-${randomId()}`;
    const run: Run = { id: placeholder, trigger: "owner", revision, status: "queued", outcome: null, ...given };
    const began_ms = Date.now();
    const shown: Shown = {
      id: placeholder,
      run,
      phase: "starting",
      began_ms,
      seconds: null,
      problem: "",
      isMine: true,
      question: null,
    };
    this.runs.value = [shown, ...this.runs.value].slice(0, MAX_SHOWN);
    this.announcement.value = "Run is starting";
    try {
      const made = await this.#api.startRun(slug, given);
      // The site may have told of it before it answered, and the run may have spoken since.
      const told = this.runs.value.find((item) => item.id === made.id);
      this.runs.value = this.runs.value.filter((item) => item.id !== made.id);
      this.#change(placeholder, told ? { ...told, isMine: true, began_ms } : { id: made.id, run: made });
      this.#follow(made.id);
      return made.id;
    } catch (error) {
      const problem = error instanceof ApiError ? error.message : String(error);
      this.#change(placeholder, { phase: "refused", problem });
      this.announcement.value = `The run was refused: ${problem}`;
      return null;
    }
  }

  stop(id: string): void {
    void this.#api.stopRun(id).catch(() => undefined);
  }

  /// Send what was typed for a run that asks; returns what went wrong, "" when it was taken (here or elsewhere).
  async answer(id: string, question: Question, text: string | null): Promise<string> {
    try {
      await this.#api.answerRun(id, question.number, text);
    } catch (error) {
      // Somebody was quicker, in another tab: the events say what they typed.
      if (error instanceof ApiError && error.status === 409) return "";
      return error instanceof ApiError ? error.message : String(error);
    }
    return "";
  }

  clear(): void {
    this.runs.value = this.runs.value.filter((item) => item.phase === "starting" || item.phase === "running");
  }

  /// The output of a run is on screen: give it what came so far, and load what did not.
  attach(id: string, sink: OutputSink): () => void {
    this.#sinks.set(id, sink);
    const early = this.#early.get(id);
    if (early) sink.append(early);
    else if (!id.startsWith("new-")) this.#follow(id);
    return () => this.#sinks.delete(id);
  }

  #follow(id: string): void {
    if (this.#followed.has(id)) return;
    this.#followed.add(id);
    this.#early.set(id, []);
    this.#live.follow(id, {
      onEvents: (events, done) => this.#take(id, events, done),
      onSkipped: (lines) => this.#sinks.get(id)?.skipped(lines),
    });
  }

  #take(id: string, events: readonly RunEvent[], done: boolean): void {
    this.#early.get(id)?.push(...events);
    this.#sinks.get(id)?.append(events);
    const shown = this.runs.value.find((item) => item.id === id);
    if (!shown) return;
    if (shown.phase === "starting" && events.length > 0) this.#change(id, { phase: "running" });
    const question = done ? null : openQuestion(events, shown.question);
    if (question !== shown.question) this.#change(id, { question });
    if (question && question !== shown.question) {
      this.announcement.value = `The run asks: ${question.prompt.trim() || "type a line"}`;
    }
    const trace = events.findLast((event) => event.kind === "error");
    if (trace) this.onTraceback(trace.text, shown.run.revision);
    if (done && shown.phase !== "finished")
      this.#finish(
        shown,
        events.findLast((event) => event.kind === "status"),
      );
  }

  #finish(shown: Shown, last: RunEvent | undefined): void {
    const data = (last?.data ?? {}) as {
      outcome?: Outcome;
      error?: string;
      started_at?: number;
      finished_at?: number;
      returned?: unknown;
    };
    const took =
      data.started_at && data.finished_at ? data.finished_at - data.started_at : (Date.now() - shown.began_ms) / 1000;
    const run: Run = {
      ...shown.run,
      status: "finished",
      outcome: data.outcome ?? "internal_error",
      error: data.error ?? "",
      returned: data.returned,
    };
    this.#change(shown.id, { run, phase: "finished", seconds: took, question: null });
    this.announcement.value = run.outcome === "ok" ? "Run finished" : `Run ended: ${run.error || run.outcome}`;
  }

  #change(id: string, change: Partial<Shown>): void {
    this.runs.value = this.runs.value.map((item) => (item.id === id ? { ...item, ...change } : item));
  }
}

function shownOf(run: Run): Shown {
  return {
    id: run.id,
    run,
    phase: run.status === "finished" ? "finished" : run.status === "running" ? "running" : "starting",
    began_ms: time_ms(run.started_at ?? run.created_at) ?? Date.now(),
    seconds: typeof run.duration_ms === "number" ? run.duration_ms / 1000 : null,
    problem: "",
    isMine: false,
    question: null,
  };
}
