import { type Component, Container, type Host, length, string, tag } from "./component.ts";
import { camel, type GoogleMapThing, known, made, maps, plain, told } from "./google_library.ts";
import { MapOverlay } from "./map_overlay.ts";

const LIBRARY = "https://maps.googleapis.com/maps/api/js";
/// What the server says of the key of this widget's owner.
const CONFIG = "anvil.private.google_maps.get_config";
const EVENTS: Readonly<Record<string, string>> = { dbl_click: "dblclick" };
/// Properties that are no options of Google's.
const OURS = ["visible", "spacing_above", "spacing_below", "spacing", "margin", "role", "tooltip", "border"];
const METHODS = ["fit_bounds", "pan_by", "pan_to", "pan_to_bounds"] as const;

/// A map of Google's, with the owner's key; a grey box that says why where there is none.
export class GoogleMap extends Container {
  readonly #area = tag("div", "google-map-area");
  readonly #options: Record<string, unknown> = {};
  readonly #wanted: string[] = [];
  #map: GoogleMapThing | undefined;
  #coming: Promise<void> | undefined;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-google-map anvil-container"));
    this.element.append(this.#area);
  }

  override set(name: string, value: unknown): void {
    if (name === "height") this.element.style.height = length(value);
    else if (OURS.includes(name)) this.setCommon(name, value);
    else this.#setOption(name, value);
  }

  #setOption(name: string, value: unknown): void {
    // What was never said is Google's to choose.
    if (value === null || value === "") return;
    const option = name === "scroll_wheel" ? "scrollwheel" : name;
    this.#options[option] = name === "background_color" ? this.color(value) : value;
    this.#map?.setOptions({ [camel(option)]: made(this.#options[option]) });
  }

  override get(name: string): unknown {
    return known(this.#map, name);
  }

  override placed(): void {
    super.placed();
    this.#begin();
  }

  /// Draw it once it is somewhere; the library comes with the first map of a page.
  #begin(): void {
    this.#coming ??= this.#draw().catch((error: unknown) => this.#say(`This map can't be shown: ${error}`));
  }

  async #draw(): Promise<void> {
    if (!(await this.#load())) return;
    const library = maps();
    if (!library) {
      this.#say("This map can't be shown: Google's maps did not load.");
      return;
    }
    const options = { center: { lat: 0, lng: 0 }, ...this.#options };
    this.#map = new library.Map(this.#area, made(options) as Record<string, unknown>);
    for (const event of this.#wanted) this.#listen(event);
    for (const child of this.children) if (child instanceof MapOverlay) child.enter(this.#map);
  }

  /// Whether there is a key to load the library with, or the library.
  async #load(): Promise<boolean> {
    if (maps()) return true;
    const { key } = ((await this.host.ask(CONFIG)) ?? {}) as { key?: string | null };
    if (!key) {
      this.#say("This map can't be shown: the app has no key for Google Maps.");
      return false;
    }
    (globalThis as { gm_authFailure?: () => void }).gm_authFailure = () => {
      console.warn("Google does not take the key for maps of this app.");
    };
    await this.host.library(`${LIBRARY}?key=${encodeURIComponent(key)}`);
    return true;
  }

  #say(text: string): void {
    const note = tag("p", "google-map-note", text);
    note.setAttribute("role", "status");
    this.#area.replaceChildren(note);
  }

  protected override place(child: Component): void {
    if (!(child instanceof MapOverlay)) throw new Error("A GoogleMap takes markers, lines and the like.");
    child.enter(this.#map);
  }

  protected override displace(child: Component): void {
    if (child instanceof MapOverlay) child.enter(undefined);
  }

  protected override attach(event: string): void {
    if (this.#map) this.#listen(event);
    else this.#wanted.push(event);
  }

  #listen(event: string): void {
    this.#map?.addListener(EVENTS[event] ?? event, (happened) => this.raise(event, told(happened)));
  }

  override invoke(method: string, args: readonly unknown[]): unknown {
    const name = METHODS.find((one) => one === method);
    if (!name) return super.invoke(method, args);
    // Before there is a map it is done when there is one.
    this.#begin();
    void this.#coming?.then(() => {
      const call = this.#map?.[camel(name) as "panTo"];
      (call as ((...args: unknown[]) => void) | undefined)?.apply(this.#map, args.map(made));
    });
    return undefined;
  }

  override async ask(method: string, args: readonly unknown[]): Promise<unknown> {
    if (method !== "geocode") return super.ask(method, args);
    const isThere = await this.#load();
    const library = maps();
    if (!isThere || !library) throw new Error("Google's maps can't be asked here: they did not load.");
    const { results } = await new library.Geocoder().geocode(made(args[0]) as Record<string, unknown>);
    return plain(results);
  }

  /// What it is called where it can't be seen.
  protected override ownName(): string {
    return string(this.element.title) || "Map";
  }
}
