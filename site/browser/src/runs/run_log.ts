/// The list of runs and the page of one, kept true while they are open. Both work without this script.
/// What is new is asked for as the same page, so filters, permissions and the drawing of runs are the site's alone.
import { backoff_ms } from "../api/backoff.ts";
import type { Question, RunEvent } from "../api/types.ts";
import { type ShownData, shownView } from "../rich/shown.ts";
import { openQuestion } from "../run/question.ts";

type Message = Readonly<Record<string, unknown>>;

/// Between two askings for the list, however much happens.
const REFRESH_MS = 1000;
/// Between two askings for what nobody tells of: that a run in the list has begun, and the state of a task.
const POLL_MS = 2000;
/// Rows that a page left open keeps.
const MAX_ROWS = 200;
/// Characters of live output that the page of a run keeps; all of it is one click away.
const MAX_LIVE_CHARS = 400_000;

/// A live socket that comes back by itself; `greet` is said at every connection.
class Line {
  readonly #greet: () => readonly object[];
  readonly #take: (message: Message) => void;
  readonly #state: (isOpen: boolean) => void;
  #failures = 0;
  #ended = false;
  #socket: WebSocket | null = null;

  constructor(greet: () => readonly object[], take: (message: Message) => void, state: (isOpen: boolean) => void) {
    this.#greet = greet;
    this.#take = take;
    this.#state = state;
    this.#connect();
  }

  #connect(): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/live`);
    this.#socket = socket;
    socket.onopen = () => {
      this.#failures = 0;
      for (const message of this.#greet()) socket.send(JSON.stringify(message));
      this.#state(true);
    };
    socket.onmessage = (event) => this.#take(JSON.parse(String(event.data)) as Message);
    socket.onclose = () => {
      if (this.#ended) return;
      this.#state(false);
      this.#failures += 1;
      setTimeout(() => this.#connect(), backoff_ms(this.#failures - 1));
    };
  }

  end(): void {
    this.#ended = true;
    this.#socket?.close();
  }
}

function rowsOf(list: ParentNode): HTMLLIElement[] {
  return [...list.querySelectorAll<HTMLLIElement>("li[id^='run-']")];
}

/// Put the rows of a newer page in front of those that are there; a row that was open stays open.
function merge(now: HTMLElement, newer: HTMLElement): number {
  const list = now.querySelector("ul.list");
  const fresh = newer.querySelector("ul.list");
  if (!list || !fresh) {
    now.replaceChildren(...newer.childNodes);
    return rowsOf(now).length;
  }
  const known = new Map(rowsOf(list).map((row) => [row.id, row]));
  const rows = rowsOf(fresh);
  if (!rows.some((row) => known.has(row.id))) {
    // More came than a page holds: what lies between is on the pages that follow.
    now.replaceChildren(...newer.childNodes);
    return rows.length;
  }
  let added = 0;
  const kept = rows.map((row) => {
    const old = known.get(row.id);
    if (!old) added += 1;
    if (old && old.dataset.state === row.dataset.state) return old;
    const [before, after] = [old?.querySelector("details"), row.querySelector("details")];
    if (before && after) after.open = before.open;
    return row;
  });
  const ids = new Set(kept.map((row) => row.id));
  const older = rowsOf(list).filter((row) => !ids.has(row.id));
  const focused = document.activeElement;
  list.replaceChildren(...[...kept, ...older].slice(0, MAX_ROWS));
  if (focused instanceof HTMLElement && list.contains(focused)) focused.focus({ preventScroll: true });
  return added;
}

function followList(bar: HTMLElement): void {
  const list = document.getElementById("run-list");
  const words = document.getElementById("run-live-text");
  const button = document.getElementById("run-live-pause");
  if (!list || !words || !button) return;
  let isPaused = false;
  let missed = false;
  let due: ReturnType<typeof setTimeout> | undefined;
  let asking = false;

  const say = (state: "live" | "paused" | "lost", text: string) => {
    bar.dataset.state = state;
    if (words.textContent !== text) words.textContent = text;
  };
  const refresh = async () => {
    asking = true;
    const answer = await fetch(location.href).catch(() => null);
    asking = false;
    if (!answer?.ok || isPaused) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const newer = page.getElementById("run-list");
    if (newer) merge(list, newer);
    const [plots, drawn] = [document.getElementById("run-plots"), page.getElementById("run-plots")];
    const table = plots?.querySelector("details")?.open ?? false;
    if (plots && drawn && !plots.contains(document.activeElement)) {
      plots.replaceChildren(...drawn.childNodes);
      const folded = plots.querySelector("details");
      if (folded) folded.open = table;
    }
  };
  const soon = () => {
    if (isPaused) {
      missed = true;
      say("paused", "Paused; something happened since");
      return;
    }
    if (due !== undefined) return;
    due = setTimeout(() => {
      due = undefined;
      if (asking) soon();
      else void refresh();
    }, REFRESH_MS);
  };
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    button.setAttribute("aria-pressed", String(isPaused));
    button.textContent = isPaused ? "Go on" : "Pause";
    say(isPaused ? "paused" : "live", isPaused ? "Paused" : "New ones appear here as they come");
    if (!isPaused && missed) soon();
    missed = false;
  });

  new Line(
    () =>
      (bar.dataset.follow ?? "")
        .split(" ")
        .filter(Boolean)
        .map((widget) => ({ op: "watch", widget })),
    (message) => {
      if (message.op === "changed" && message.what === "run") soon();
    },
    (isOpen) => {
      if (!isPaused)
        say(isOpen ? "live" : "lost", isOpen ? "New ones appear here as they come" : "Connection lost, trying again");
      // What happened since the page was made, or while the line was cut, was told to nobody.
      if (isOpen) soon();
    },
  );
  setInterval(() => {
    const isOpen = rowsOf(list).some((row) => row.dataset.state !== "finished");
    if (isOpen && !isPaused && !document.hidden) soon();
  }, POLL_MS);
  bar.hidden = false;
}

/// The state of a task and whether it runs yet, as the site draws them.
function followTask(now: HTMLElement, state: HTMLElement): void {
  let asking = false;
  const refresh = async () => {
    asking = true;
    const answer = await fetch(location.href).catch(() => null);
    asking = false;
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [newNow, newState] = [page.getElementById("task-now"), page.getElementById("task-state")];
    if (newState && newState.textContent !== state.textContent) state.replaceChildren(...newState.childNodes);
    if (!newNow || newNow.dataset.state === now.dataset.state) return;
    now.dataset.state = newNow.dataset.state;
    now.replaceChildren(...newNow.childNodes);
  };
  setInterval(() => {
    if (!asking && !document.hidden && now.dataset.state !== "finished") void refresh();
  }, POLL_MS);
}

function textOf(event: RunEvent): HTMLElement {
  const piece = document.createElement("span");
  piece.className = event.kind;
  piece.textContent = event.text;
  return piece;
}

function followRun(box: HTMLElement): void {
  const output = box.querySelector<HTMLElement>("#run-output .output");
  const words = document.getElementById("run-live-text");
  const run = box.dataset.run ?? "";
  let seq = Number(box.dataset.last ?? 0);
  let chars = output?.textContent?.length ?? 0;
  const append = (event: RunEvent) => {
    if (event.seq <= seq) return;
    seq = event.seq;
    if (!output || event.kind === "status" || chars > MAX_LIVE_CHARS) return;
    const piece = event.kind === "display" ? shownView((event.data ?? {}) as ShownData, run) : textOf(event);
    chars += event.text.length;
    output.append(piece);
    if (chars > MAX_LIVE_CHARS) output.append("\n… the rest is shown when the run is over\n");
  };
  const asking = document.getElementById("run-ask");
  let question = JSON.parse(asking?.dataset.question ?? "null") as Question | null;
  const ask = async () => {
    const { showQuestion } = await import("../run/ask_mount.tsx");
    if (asking) showQuestion(asking, run, question);
  };
  if (question) void ask();
  const line = new Line(
    () => [{ op: "follow", run, after: seq }],
    (message) => {
      if (message.op === "skipped") seq += Number(message.lines);
      if (message.op !== "events") return;
      const events = message.events as readonly RunEvent[];
      for (const event of events) append(event);
      const before = question;
      question = message.done === true ? null : openQuestion(events, before);
      if (question !== before) void ask();
      if (message.done !== true) return;
      line.end();
      // How it ended and why is the site's to say; its record reaches the database a moment later.
      setTimeout(() => location.reload(), 1500);
    },
    (isOpen) => {
      if (words)
        words.textContent = isOpen ? "It is running; what it prints appears here." : "Connection lost, trying again";
    },
  );
}

/// Pieces of a long output are added to what is shown instead of taking its place.
async function addPiece(link: HTMLAnchorElement): Promise<void> {
  const output = document.querySelector<HTMLElement>("#run-output .output");
  const answer = output && (await fetch(link.href).catch(() => null));
  if (!output || !answer?.ok) {
    location.assign(link.href);
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const more = page.querySelector("#run-output .output")?.childNodes ?? [];
  if (link.id === "output-later") output.append(...more);
  else {
    const height = document.documentElement.scrollHeight;
    output.prepend(...more);
    scrollBy(0, document.documentElement.scrollHeight - height);
  }
  const next = page.querySelector<HTMLAnchorElement>(`#${link.id}`);
  if (next) link.href = next.href;
  else link.parentElement?.remove();
}

addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLAnchorElement>("#output-later, #output-earlier");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void addPiece(link);
});

const bar = document.getElementById("run-live");
if (bar?.dataset.isLive) followList(bar);
const box = document.getElementById("run");
if (box && !box.dataset.over) {
  followRun(box);
  const [now, state] = [document.getElementById("task-now"), document.getElementById("task-state")];
  if (now && state) followTask(now, state);
}
