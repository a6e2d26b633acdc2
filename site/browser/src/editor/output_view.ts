import type { RunEvent } from "../api/types.ts";
import { filesView, type WrittenFile } from "../rich/files.ts";
import { type ShownData, shownView } from "../rich/shown.ts";
import { Ansi } from "./ansi.ts";
import type { OutputSink } from "./console.ts";
import { type Place, traceParts } from "./traceback.ts";

/// More nodes than this make a page slow; the oldest go, and a line says so.
const MAX_NODES = 4000;
const MAX_CHARS = 1_500_000;

export interface OutputViewOptions {
  readonly box: HTMLElement;
  /// The run's id.
  readonly run: string;
  readonly paths: () => readonly string[];
  readonly onPlace: (place: Place) => void;
}

/// Draws the events of one run as text, at most one DOM write a frame, and stays at the end unless scrolled away.
export class OutputView implements OutputSink {
  readonly #o: OutputViewOptions;
  readonly #ansi = new Ansi();
  #pending: Node[] = [];
  #frame = 0;
  #chars = 0;
  #dropped = 0;
  #isAtEnd = true;

  constructor(options: OutputViewOptions) {
    this.#o = options;
    // A picture or a frame that grows into its place must not push what follows out of view.
    options.box.addEventListener("load", () => this.#stay(), true);
    options.box.addEventListener("shown", () => this.#stay());
  }

  append(events: readonly RunEvent[]): void {
    for (const event of events) {
      if (event.kind === "error") this.#error(event.text);
      else if (event.kind === "display") this.#shown(event);
      else if (event.kind === "status") this.#files(event);
      else if (event.kind !== "ask") this.#output(event);
    }
    if (this.#pending.length > 0 && !this.#frame) this.#frame = requestAnimationFrame(() => this.#flush());
  }

  skipped(lines: number): void {
    this.#pending.push(
      element("div", "output-note", `${lines} pieces of output came too fast to show; the run's page has them all.`),
    );
  }

  #shown(event: RunEvent): void {
    this.#pending.push(shownView((event.data ?? {}) as ShownData, this.#o.run));
  }

  #files(event: RunEvent): void {
    const files = (event.data?.files ?? []) as readonly WrittenFile[];
    if (files.length > 0) this.#pending.push(filesView(files, this.#o.run));
  }

  #output(event: RunEvent): void {
    for (const piece of this.#ansi.read(settleReturns(event.text))) {
      const made = element("span", `${event.kind} ${piece.classes}`.trim(), piece.text);
      if (piece.colour) made.style.color = piece.colour;
      if (piece.back) made.style.backgroundColor = piece.back;
      this.#pending.push(made);
    }
  }

  #error(text: string): void {
    const box = element("div", "error", "");
    for (const part of traceParts(text, this.#o.paths())) {
      const { place } = part;
      if (!place) {
        box.append(part.text);
        continue;
      }
      const link = element("button", "place", part.text) as HTMLButtonElement;
      link.type = "button";
      link.title = `Go to line ${place.line} of ${place.path}`;
      link.onclick = () => this.#o.onPlace(place);
      box.append(link);
    }
    this.#pending.push(box);
  }

  #flush(): void {
    this.#frame = 0;
    const { box } = this.#o;
    this.#isAtEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 48;
    for (const node of this.#pending) this.#chars += node.textContent?.length ?? 0;
    box.append(...this.#pending.slice(-MAX_NODES));
    this.#dropped += Math.max(0, this.#pending.length - MAX_NODES);
    this.#pending = [];
    this.#trim(box);
    if (this.#isAtEnd) box.scrollTop = box.scrollHeight;
  }

  #stay(): void {
    if (this.#isAtEnd) this.#o.box.scrollTop = this.#o.box.scrollHeight;
  }

  #trim(box: HTMLElement): void {
    const note = box.firstElementChild?.classList.contains("dropped") ? box.firstElementChild : null;
    const before = this.#dropped;
    while (box.childNodes.length > MAX_NODES || (this.#chars > MAX_CHARS && box.childNodes.length > 2)) {
      const oldest = box.childNodes[note ? 1 : 0];
      if (!oldest) break;
      this.#chars -= oldest.textContent?.length ?? 0;
      oldest.remove();
      this.#dropped += 1;
    }
    if (this.#dropped === before) return;
    const text = "Earlier output is not shown here; the run's page has what is kept.";
    if (note) note.textContent = text;
    else box.prepend(element("div", "output-note dropped", text));
  }
}

/// A progress bar writes "\r" to start its line again: only what stood last remains.
function settleReturns(text: string): string {
  if (!text.includes("\r")) return text;
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => line.slice(line.replace(/\r+$/, "").lastIndexOf("\r") + 1).replace(/\r+$/, ""))
    .join("\n");
}

function element(tag: string, className: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
