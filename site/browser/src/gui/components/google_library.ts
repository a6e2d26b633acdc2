/// Google's library of maps, as far as it is used here, and values on their way to it and back.

export interface LatLng {
  lat(): number;
  lng(): number;
}

export interface Bounds {
  getSouthWest(): LatLng;
  getNorthEast(): LatLng;
}

/// What maps, markers, lines and so on have in common.
export interface MapThing {
  setOptions(options: Readonly<Record<string, unknown>>): void;
  addListener(event: string, told: (event?: MapEvent) => void): void;
  setMap?(map: unknown): void;
}

/// A map of Google's.
export interface GoogleMapThing extends MapThing {
  getCenter(): LatLng | undefined;
  getZoom(): number | undefined;
  getBounds(): Bounds | undefined;
  fitBounds(bounds: unknown): void;
  panBy(x: number, y: number): void;
  panTo(place: unknown): void;
  panToBounds(bounds: unknown): void;
}

export interface MapEvent {
  readonly latLng?: LatLng;
  readonly pixel?: { readonly x: number; readonly y: number };
}

export interface Maps {
  readonly Map: new (element: HTMLElement, options: Readonly<Record<string, unknown>>) => GoogleMapThing;
  readonly Geocoder: new () => {
    geocode(asked: Readonly<Record<string, unknown>>): Promise<{ readonly results: unknown }>;
  };
  readonly [kind: string]: unknown;
}

/// The library, when it has come.
export function maps(): Maps | undefined {
  return (globalThis as { google?: { maps?: Maps } }).google?.maps;
}

/// A value of Python's as the library takes it: {"$": "Size", "args": [1, 2]} is an object of a class of the library's.
export function made(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(made);
  if (typeof value !== "object" || value === null) return value;
  const { $: kind, args } = value as { $?: string; args?: readonly unknown[] };
  if (kind !== undefined) {
    const Kind = maps()?.[kind] as (new (...args: unknown[]) => unknown) | undefined;
    return Kind ? new Kind(...(args ?? []).map(made)) : undefined;
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [camel(name), made(part)]));
}

/// What an object of the library's knows under a name of ours, as plain JSON; undefined for nothing.
export function known(thing: MapThing | undefined, name: string): unknown {
  const getter = `get${camel(`_${name}`)}`;
  const read = (thing as Record<string, unknown> | undefined)?.[getter];
  return typeof read === "function" ? plain(read.call(thing)) : undefined;
}

/// A value of the library's as plain JSON, its names as Python has them.
export function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value === "function" ? undefined : value;
  const it = value as Partial<LatLng & Bounds & { getArray(): readonly unknown[] }> & Record<string, unknown>;
  if (typeof it.lat === "function" && typeof it.lng === "function") return { lat: it.lat(), lng: it.lng() };
  if (it.getSouthWest && it.getNorthEast) {
    return { south_west: plain(it.getSouthWest()), north_east: plain(it.getNorthEast()) };
  }
  if (it.getArray) return it.getArray().map(plain);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(it).map(([name, part]) => [snake(name), plain(part)]));
}

/// What is told of an event: where it was.
export function told(event: MapEvent | undefined): Readonly<Record<string, unknown>> {
  const { latLng, pixel } = event ?? {};
  return { ...(latLng && { lat_lng: plain(latLng) }), ...(pixel && { pixel: { x: pixel.x, y: pixel.y } }) };
}

export function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
