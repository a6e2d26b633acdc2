/// The page's one socket to its widget's server code: `/_/ws` on the widget's origin, spec/anvil-protocol.md 1.
///
/// It opens with the page, comes back by itself, and lives through idle proxies by a heartbeat. A call is never sent
/// twice: what was under way when the socket closed is answered with AppOfflineError.

import { randomId } from "../random_id.ts";
import type { Media } from "./media.ts";
import { Arriving, type ChunkHeader, chunks, type Message, mediaOf } from "./wire_media.ts";

/// Media of a call that are as large are told of while they go.
const LARGE_BYTES = 256 * 1024;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
/// How long a call waits for a socket that is being opened.
const OPEN_MS = 10_000;
const HEARTBEAT_MS = 30_000;
/// No answer at all, not even to a heartbeat: the line is dead.
const SILENCE_MS = 20_000;

interface Call {
  readonly resolve: (answer: string) => void;
  arriving?: Arriving;
}

export interface WireEvents {
  /// How many calls are waiting that may show a spinner.
  waiting(count: number): void;
  /// How much of a large upload has gone, 0…1; 1 also when it came to nothing.
  sending?(part: number): void;
  /// A message that answers no call: output, server push.
  pushed?(message: Message): void;
}

export class Wire {
  readonly #url: string;
  readonly #media: Media;
  readonly #events: WireEvents;
  readonly #page: string;
  readonly #calls = new Map<string, Call>();
  #socket: WebSocket | undefined;
  #ready = false;
  #waiters: ((ready: boolean) => void)[] = [];
  #wait = FIRST_WAIT_MS;
  #again: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setTimeout> | undefined;
  #header: ChunkHeader | undefined;
  /// One message with its media goes out after the other.
  #outgoing: Promise<unknown> = Promise.resolve();
  #lastCode = 1006;
  #closed = false;
  /// The first connection is still being made.
  #isFirst = true;

  constructor(url: string, media: Media, events: WireEvents, page: string = randomId()) {
    this.#url = url;
    this.#media = media;
    this.#events = events;
    this.#page = page;
  }

  /// The number of this page, by which server code may push to it.
  get page(): string {
    return this.#page;
  }

  /// Also while the page opens: whether there is a connection is known a moment later.
  get isOnline(): boolean {
    return this.#ready || (this.#isFirst && navigator.onLine);
  }

  /// The browser's word that its network is gone, or back: neither is waited for.
  watch(): void {
    addEventListener("offline", () => {
      const socket = this.#socket;
      if (!socket) return;
      this.#lost(socket, 1006);
      socket.close();
    });
    addEventListener("online", () => this.open());
  }

  open(): void {
    if (this.#socket || this.#closed) return;
    clearTimeout(this.#again);
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.addEventListener("open", () => socket.send(JSON.stringify({ v: 8, page: this.#page })));
    socket.addEventListener("message", (event) => this.#receive(event.data as string | ArrayBuffer));
    socket.addEventListener("close", (event) => this.#lost(socket, event.code));
  }

  /// Connect anew, in the session that the browser has by now; calls under way fail.
  async reopen(): Promise<void> {
    const socket = this.#socket;
    this.#wait = 0;
    if (socket) {
      socket.close();
      this.#lost(socket, 1000);
    }
    await this.#isReady();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    this.#socket?.close();
  }

  /// Send a call and return its answer as JSON; `spins` tells whether it counts as waiting. Never rejects.
  async call(text: string, spins: boolean): Promise<string> {
    if (spins) this.spin(1);
    try {
      return await this.#call(JSON.parse(text) as Message);
    } finally {
      if (spins) this.spin(-1);
    }
  }

  #spinning = 0;

  /// Count one more or less that waits.
  spin(by: number): void {
    this.#spinning += by;
    this.#events.waiting(this.#spinning);
  }

  async #call(message: Message): Promise<string> {
    if (!(await this.#isReady())) return offline(this.#lastCode);
    const id = `page-${randomId()}`;
    const answer = new Promise<string>((resolve) => this.#calls.set(id, { resolve }));
    await this.#send(id, message);
    return answer;
  }

  async #isReady(): Promise<boolean> {
    if (this.#ready) return true;
    this.#wait = FIRST_WAIT_MS;
    this.open();
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), OPEN_MS);
      this.#waiters.push((ready) => {
        clearTimeout(timer);
        resolve(ready);
      });
    });
  }

  #send(id: string, message: Message): Promise<unknown> {
    const media = mediaOf(message).map((entry, index) => {
      const content = this.#media.blob(entry.content?.handle ?? 0);
      delete entry.content;
      entry.id = `${id}-${index}`;
      return [entry.id, content] as const;
    });
    const socket = this.#socket;
    this.#outgoing = this.#outgoing.then(async () => {
      if (socket?.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify({ ...message, type: "CALL", id, "call-stack-id": id }));
      await this.#sendMedia(socket, id, media);
    });
    return this.#outgoing;
  }

  async #sendMedia(socket: WebSocket, id: string, media: readonly (readonly [string, Blob])[]): Promise<void> {
    const all = media.reduce((sum, [, content]) => sum + content.size, 0);
    const tell = all >= LARGE_BYTES ? this.#events.sending?.bind(this.#events) : undefined;
    let sent = 0;
    tell?.(0);
    try {
      for (const [mediaId, content] of media) {
        for await (const [header, bytes] of chunks(id, mediaId, content)) {
          await drained(socket);
          if (socket.readyState !== WebSocket.OPEN) return;
          socket.send(JSON.stringify(header));
          socket.send(bytes);
          sent += bytes.byteLength;
          tell?.(Math.max(sent - socket.bufferedAmount, 0) / all);
        }
      }
      if (tell) await drained(socket, 0);
    } finally {
      tell?.(1);
    }
  }

  #receive(data: string | ArrayBuffer): void {
    this.#beat();
    if (typeof data !== "string") this.#takeChunk(data);
    else this.#takeMessage(JSON.parse(data) as Message);
  }

  #takeMessage(message: Message): void {
    if (!this.#ready) {
      this.#greet(message);
      return;
    }
    if (message.type === "CHUNK_HEADER") {
      this.#header = message as unknown as ChunkHeader;
      return;
    }
    if (message.type === "COOKIES") {
      // Scripts must not see what is in cookies: the browser fetches them itself.
      void fetch(String(message.address), { method: "POST" }).catch(() => {});
      return;
    }
    const call = this.#calls.get(String(message.id));
    if (!call) {
      this.#events.pushed?.(message);
      return;
    }
    call.arriving = new Arriving(message);
    this.#settle(String(message.id), call);
  }

  #greet(message: Message): void {
    if (message.auth !== "OK") {
      this.#socket?.close();
      return;
    }
    this.#ready = true;
    this.#isFirst = false;
    this.#wait = FIRST_WAIT_MS;
    for (const tell of this.#waiters.splice(0)) tell(true);
  }

  #takeChunk(content: ArrayBuffer): void {
    const header = this.#header;
    this.#header = undefined;
    const call = header && this.#calls.get(header.requestId);
    if (!header || !call?.arriving) return;
    call.arriving.take(header, content);
    this.#settle(header.requestId, call);
  }

  #settle(id: string, call: Call): void {
    if (!call.arriving?.isWhole) return;
    this.#calls.delete(id);
    call.resolve(JSON.stringify(call.arriving.finish((content) => this.#media.add(content))));
  }

  #beat(): void {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = setTimeout(() => {
      this.#socket?.send(JSON.stringify({ type: "PING" }));
      this.#heartbeat = setTimeout(() => this.#socket?.close(), SILENCE_MS);
    }, HEARTBEAT_MS);
  }

  #lost(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    clearTimeout(this.#heartbeat);
    this.#socket = undefined;
    this.#ready = false;
    this.#isFirst = false;
    this.#header = undefined;
    this.#lastCode = code;
    for (const tell of this.#waiters.splice(0)) tell(false);
    for (const call of this.#calls.values()) call.resolve(offline(code));
    this.#calls.clear();
    if (this.#closed) return;
    this.#again = setTimeout(() => this.open(), this.#wait * (0.75 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
  }
}

export function offline(code: number): string {
  const message = `Connection to server failed (${code})`;
  return JSON.stringify({ error: { type: "anvil.server.AppOfflineError", message, trace: [] } });
}

/// Wait while more than `most` bytes wait in the socket: a large file is not held twice.
async function drained(socket: WebSocket, most = 1024 * 1024): Promise<void> {
  while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > most) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
