import { Component, type Host, tag } from "./component.ts";

/// How often one that is not shown looks whether it is, at most.
const LOOK_S = 0.25;

/// Ticks while it is on the page and shown. The next tick waits until Python is done with the one before.
export class Timer extends Component {
  #interval = 0.5;
  #isWanted = false;
  /// Python is at work at a tick.
  #isTicking = false;
  #waits: ReturnType<typeof setTimeout> | undefined;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-timer"));
    this.element.hidden = true;
  }

  protected override readonly setters = {
    interval: (value: unknown) => {
      this.#interval = Number(value) || 0;
      if (!this.#isTicking) this.#plan();
    },
    ticked: () => {
      this.#isTicking = false;
      this.#plan();
    },
  };

  #plan(least = 0): void {
    clearTimeout(this.#waits);
    this.#waits = undefined;
    if (!this.#isWanted || this.#interval <= 0) return;
    this.#waits = setTimeout(() => this.#tick(), Math.max(this.#interval, least) * 1000);
  }

  #tick(): void {
    if (!this.isShown) {
      this.#plan(LOOK_S);
      return;
    }
    this.#waits = undefined;
    this.#isTicking = true;
    this.raise("tick");
  }

  override dropped(): void {
    this.#isWanted = false;
    this.#plan();
  }

  protected override attach(event: string): void {
    if (event !== "tick") return;
    this.#isWanted = true;
    this.#plan();
  }
}
