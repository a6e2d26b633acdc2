import { Component, type Host, length, string, tag } from "./component.ts";

const ORIGIN = "https://www.youtube-nocookie.com";
/// What YouTube's numbers of states are called.
const STATES: Readonly<Record<string, string>> = {
  "-1": "UNSTARTED",
  "0": "ENDED",
  "1": "PLAYING",
  "2": "PAUSED",
  "3": "BUFFERING",
  "5": "CUED",
};
const METHODS: Readonly<Record<string, string>> = { play: "playVideo", pause: "pauseVideo", stop: "stopVideo" };

interface Known {
  state: string;
  current_time: number;
  duration: number;
}

interface Told {
  readonly event?: string;
  readonly info?: { readonly playerState?: number; readonly currentTime?: number; readonly duration?: number };
}

/// A video of YouTube in a frame of theirs, which is told what to do by messages; without a network it stays empty.
export class YouTubeVideo extends Component {
  readonly #frame = tag("iframe", "anvil-youtube-frame");
  #id = "";
  readonly #options: Record<string, unknown> = {};
  readonly #known: Known = { state: "", current_time: 0, duration: 0 };
  #isBegun = false;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-youtube"));
    this.#frame.title = "YouTube video";
    this.#frame.allow = "autoplay; fullscreen; picture-in-picture";
    this.#frame.style.cssText = "display:block;width:100%;height:100%;border:0";
    this.element.append(this.#frame);
    this.#frame.addEventListener("load", () => this.#begin());
    addEventListener("message", this.#listener);
    // What is set together is one page of theirs.
    queueMicrotask(() => this.#show());
  }

  readonly #listener = (event: MessageEvent): void => {
    if (event.source === this.#frame.contentWindow && event.origin === ORIGIN) this.#hear(event.data);
  };

  override dropped(): void {
    removeEventListener("message", this.#listener);
  }

  protected override readonly setters = {
    youtube_id: (value: unknown) => {
      this.#id = string(value);
      if (this.#isBegun) this.#show();
    },
    autoplay: (value: unknown) => this.#option("autoplay", value),
    loop: (value: unknown) => this.#option("loop", value),
    mute: (value: unknown) => {
      this.#option("mute", value);
      this.#tell(value ? "mute" : "unMute");
    },
    volume: (value: unknown) => this.#tell("setVolume", value),
    current_time: (value: unknown) => this.#tell("seekTo", value, true),
    height: (value: unknown) => {
      this.element.style.height = length(value);
    },
  };

  override get(name: string): unknown {
    return name in this.#known ? this.#known[name as keyof Known] : super.get(name);
  }

  override invoke(method: string, args: readonly unknown[]): unknown {
    const name = METHODS[method];
    if (!name) return super.invoke(method, args);
    this.#tell(name);
    return undefined;
  }

  #option(name: string, value: unknown): void {
    this.#options[name] = value ? "1" : "0";
  }

  #show(): void {
    this.#isBegun = true;
    if (!/^[\w-]+$/.test(this.#id)) {
      this.#frame.removeAttribute("src");
      return;
    }
    const asked = new URLSearchParams({ enablejsapi: "1", origin: location.origin, rel: "0" });
    for (const [name, value] of Object.entries(this.#options)) asked.set(name, String(value));
    // One video repeats only as a list of itself.
    if (this.#options.loop === "1") asked.set("playlist", this.#id);
    this.#frame.src = `${ORIGIN}/embed/${this.#id}?${asked}`;
  }

  /// Ask the player to tell of itself.
  #begin(): void {
    this.#post({ event: "listening", id: this.id, channel: "widget" });
  }

  #tell(func: string, ...args: readonly unknown[]): void {
    this.#post({ event: "command", func, args });
  }

  #post(message: object): void {
    if (this.#frame.hasAttribute("src")) this.#frame.contentWindow?.postMessage(JSON.stringify(message), ORIGIN);
  }

  #hear(data: unknown): void {
    let told: Told;
    try {
      told = JSON.parse(string(data)) as Told;
    } catch {
      return;
    }
    const { playerState, currentTime, duration } = told.info ?? {};
    if (currentTime !== undefined) this.#known.current_time = currentTime;
    if (duration !== undefined) this.#known.duration = duration;
    const state = playerState === undefined ? undefined : STATES[String(playerState)];
    if (state === undefined || state === this.#known.state) return;
    this.#known.state = state;
    this.raise("state_change", { state });
  }
}
