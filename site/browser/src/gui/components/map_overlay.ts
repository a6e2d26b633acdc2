import { Component, type Host, string, tag } from "./component.ts";
import { camel, known, type MapThing, made, maps, told } from "./google_library.ts";

interface InfoThing extends MapThing {
  open(options: Readonly<Record<string, unknown>>): void;
  close(): void;
}

/// A marker, a line, an area or a window on a map of Google's: which, its property `kind` says.
export class MapOverlay extends Component {
  #kind = "";
  readonly #options: Record<string, unknown> = {};
  readonly #wanted: string[] = [];
  #thing: MapThing | undefined;
  #map: MapThing | undefined;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "google-map-overlay"));
  }

  override set(name: string, value: unknown): void {
    if (name === "kind") {
      this.#kind = string(value);
      return;
    }
    this.#options[name] = value;
    this.#thing?.setOptions({ [camel(name)]: made(value) });
  }

  override get(name: string): unknown {
    return known(this.#thing, name);
  }

  /// Be on this map, which is there; undefined for none.
  enter(map: MapThing | undefined): void {
    this.#map = map;
    const thing = map ? this.#made() : this.#thing;
    if (this.#kind === "InfoWindow") {
      if (!map) (thing as InfoThing | undefined)?.close();
      else if (this.#opened) this.#open();
    } else thing?.setMap?.(map ?? null);
  }

  #made(): MapThing | undefined {
    if (this.#thing) return this.#thing;
    const Kind = maps()?.[this.#kind] as (new (options: unknown) => MapThing) | undefined;
    if (!Kind) return undefined;
    this.#thing = new Kind(made(this.#options));
    for (const event of this.#wanted) this.#listen(event);
    return this.#thing;
  }

  /// What is shown in a window.
  protected override place(child: Component): void {
    this.element.append(child.element);
  }

  protected override attach(event: string): void {
    if (this.#thing) this.#listen(event);
    else this.#wanted.push(event);
  }

  #listen(event: string): void {
    this.#thing?.addListener(event, (happened) => this.raise(event, told(happened)));
  }

  /// For a window that is to be open: the marker that it is at, if it is at one.
  #opened: { readonly anchor: MapOverlay | undefined } | undefined;

  override invoke(method: string, args: readonly unknown[]): unknown {
    switch (method) {
      case "open": {
        const anchor = this.host.find(Number(args[0]));
        this.#opened = { anchor: anchor instanceof MapOverlay ? anchor : undefined };
        if (this.#map) this.#open();
        return undefined;
      }
      case "close":
        this.#opened = undefined;
        (this.#thing as InfoThing | undefined)?.close();
        return undefined;
      default:
        return super.invoke(method, args);
    }
  }

  #open(): void {
    const window = this.#made() as InfoThing | undefined;
    if (this.children.length > 0) window?.setOptions({ content: this.element });
    const anchor = this.#opened?.anchor;
    window?.open({ map: this.#map, anchor: anchor ? anchor.#made() : undefined });
  }
}
