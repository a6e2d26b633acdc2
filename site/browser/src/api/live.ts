import { backoff_ms } from "./backoff.ts";
import type { Api } from "./client.ts";
import type { Run, RunEvent } from "./types.ts";

/// What a follower of a run is told.
export interface Follower {
  readonly onEvents: (events: readonly RunEvent[], done: boolean) => void;
  readonly onSkipped?: (lines: number) => void;
}

/// Something about the watched widget changed.
export interface Changed {
  readonly what: "revision" | "run" | "widget";
  readonly revision?: number;
  readonly run?: Run;
}

interface Followed {
  readonly follower: Follower;
  after: number;
}

/// After this many failed connections in a row the runs are polled instead.
const POLL_AFTER = 3;

/// The one WebSocket of an editor tab. It reconnects by itself and goes on after the last event that was seen;
/// where WebSockets are blocked, followed runs are polled.
export class Live {
  readonly #api: Api;
  readonly #slug: string;
  readonly #onChanged: (changed: Changed) => void;
  readonly #onState: (isConnected: boolean) => void;
  readonly #followed = new Map<string, Followed>();
  #socket: WebSocket | null = null;
  #failures = 0;
  #isLost = false;
  #polling = false;

  /// `onState`: the connection was lost, or is there again; what changed between the two was not told.
  constructor(api: Api, slug: string, onChanged: (changed: Changed) => void, onState: (isConnected: boolean) => void) {
    this.#api = api;
    this.#slug = slug;
    this.#onChanged = onChanged;
    this.#onState = onState;
    this.#connect();
  }

  /// Tell `follower` every event of the run after `after`, once each and in order, until it is done.
  follow(run: string, follower: Follower, after = 0): void {
    this.#followed.set(run, { follower, after });
    if (this.#isOpen()) this.#send({ op: "follow", run, after });
    else if (this.#failures >= POLL_AFTER) void this.#poll();
  }

  #isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #send(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #connect(): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/live`);
    this.#socket = socket;
    socket.onopen = () => {
      this.#failures = 0;
      this.#send({ op: "watch", widget: this.#slug });
      for (const [run, item] of this.#followed) this.#send({ op: "follow", run, after: item.after });
      // Ops are done in order: the answer says that the site watches. What is loaded before that may miss a change.
      this.#send({ op: "ping" });
    };
    socket.onmessage = (event) => this.#take(JSON.parse(String(event.data)) as Record<string, unknown>);
    socket.onclose = () => {
      this.#setLost(true);
      this.#failures += 1;
      if (this.#failures >= POLL_AFTER) void this.#poll();
      setTimeout(() => this.#connect(), backoff_ms(this.#failures - 1));
    };
  }

  #setLost(isLost: boolean): void {
    if (isLost === this.#isLost) return;
    this.#isLost = isLost;
    this.#onState(!isLost);
  }

  #take(message: Record<string, unknown>): void {
    if (message.op === "events") {
      this.#deliver(String(message.run), message.events as readonly RunEvent[], message.done === true);
    } else if (message.op === "skipped") {
      this.#followed.get(String(message.run))?.follower.onSkipped?.(Number(message.lines));
    } else if (message.op === "pong") {
      this.#setLost(false);
    } else if (message.op === "changed") {
      this.#onChanged(message as unknown as Changed);
    }
  }

  #deliver(run: string, events: readonly RunEvent[], done: boolean): void {
    const item = this.#followed.get(run);
    if (!item) return;
    const fresh = events.filter((event) => event.seq > item.after);
    item.after = fresh.at(-1)?.seq ?? item.after;
    if (done) this.#followed.delete(run);
    item.follower.onEvents(fresh, done);
  }

  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    while (this.#followed.size > 0 && !this.#isOpen()) {
      for (const [run, item] of [...this.#followed]) {
        const answer = await this.#api.events(run, item.after).catch(() => null);
        if (answer && !this.#isOpen()) this.#deliver(run, answer.events, answer.done);
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    this.#polling = false;
  }
}
