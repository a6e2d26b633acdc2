/// JavaScript's objects as Python has them (`anvil.js`): numbers stand for them, values cross as JSON.

/// A value on its way: plain, an object of the page by its number, a list, a dict, or a function of Python's.
type Sent =
  | { readonly v: string | number | boolean | null }
  | { readonly h: number; readonly k: Kind }
  | { readonly l: readonly Sent[] }
  | { readonly d: Readonly<Record<string, Sent>> }
  | { readonly f: number };

type Kind = "function" | "array" | "object";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/// Tells Python of a call of one of its functions.
type Raise = (args: { readonly call: number; readonly f: number; readonly args: readonly Sent[] }) => void;

/// Classes of the language that are also functions, and are meant as such.
const CONVERTERS: readonly unknown[] = [Number, String, Boolean, Symbol, BigInt];

export class JsObjects {
  readonly #raise: Raise;
  readonly #held = new Map<number, unknown>([[0, globalThis]]);
  readonly #functions = new Map<number, (...args: unknown[]) => Promise<unknown>>();
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #calls = 1;

  constructor(raise: Raise) {
    this.#raise = raise;
  }

  hold(value: unknown): number {
    this.#held.set(this.#next, value);
    return this.#next++;
  }

  held(handle: number): unknown {
    return this.#held.get(handle);
  }

  drop(handle: number): void {
    if (handle) this.#held.delete(handle);
  }

  /// Read `name` of an object; call it when `args` are given, an empty name being the object itself; answer in JSON.
  get(handle: number, name: string): string {
    return this.#told(() => this.#of(handle)[name]);
  }

  set(handle: number, name: string, json: string): string {
    return this.#told(() => {
      this.#of(handle)[name] = this.#taken(JSON.parse(json));
      return null;
    });
  }

  call(handle: number, name: string, json: string): string {
    return this.#told(() => {
      const owner = this.#of(handle);
      const called = name ? owner[name] : owner;
      if (typeof called !== "function") throw new TypeError(`${name || "This object"} is not a function`);
      const args = (JSON.parse(json) as Sent[]).map((one) => this.#taken(one));
      if (isClass(called)) return Reflect.construct(called, args);
      return called.apply(name ? owner : undefined, args);
    });
  }

  make(handle: number, json: string): string {
    return this.#told(() => {
      const args = (JSON.parse(json) as Sent[]).map((one) => this.#taken(one));
      return Reflect.construct(this.#held.get(handle) as new () => unknown, args);
    });
  }

  /// What a list is of, or the names of what an object has.
  items(handle: number): string {
    return this.#told(() => {
      const found = Object(this.#held.get(handle)) as object;
      const listed = Symbol.iterator in found;
      return listed ? { all: [...(found as Iterable<unknown>)] } : { all: Object.keys(found) };
    });
  }

  isSame(one: number, other: number): boolean {
    return this.#held.get(one) === this.#held.get(other);
  }

  text(handle: number): string {
    return String(this.#held.get(handle));
  }

  /// Wait for a promise.
  async settled(handle: number): Promise<string> {
    try {
      const value = await this.#held.get(handle);
      return this.#told(() => value);
    } catch (error) {
      return this.#toldError(error);
    }
  }

  /// What a call of Python's function gave: JSON of {"value"} or {"error"}.
  answer(call: number, json: string): void {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    const { value, error } = JSON.parse(json) as { value?: Sent; error?: string };
    if (error !== undefined) waiting?.reject(new Error(error));
    else waiting?.resolve(value ? this.#taken(value) : null);
  }

  #of(handle: number): Record<string, unknown> {
    return this.#held.get(handle) as Record<string, unknown>;
  }

  #told(find: () => unknown): string {
    try {
      return JSON.stringify(this.#sent(find()));
    } catch (error) {
      return this.#toldError(error);
    }
  }

  #toldError(error: unknown): string {
    return JSON.stringify({ e: error instanceof Error ? error.message : String(error), h: this.hold(error) });
  }

  #sent(value: unknown): Sent {
    switch (typeof value) {
      case "string":
      case "boolean":
        return { v: value };
      case "number":
        return Number.isFinite(value) ? { v: value } : { h: this.hold(value), k: "object" };
      case "bigint":
      case "symbol":
        return { v: String(value) };
      case "function":
        return { h: this.hold(value), k: "function" };
    }
    if (value === null || value === undefined) return { v: null };
    if (isAll(value)) return { l: value.all.map((one) => this.#sent(one)) };
    return { h: this.hold(value), k: Array.isArray(value) ? "array" : "object" };
  }

  #taken(sent: Sent): unknown {
    if ("v" in sent) return sent.v;
    if ("h" in sent) return this.#held.get(sent.h);
    if ("l" in sent) return sent.l.map((one) => this.#taken(one));
    if ("d" in sent) return Object.fromEntries(Object.entries(sent.d).map(([name, one]) => [name, this.#taken(one)]));
    return this.#function(sent.f);
  }

  /// Python's function as one of JavaScript's: equal for equal numbers, so that listeners can be removed. It gives a
  /// promise, as Python may wait.
  #function(f: number): (...args: unknown[]) => Promise<unknown> {
    const known = this.#functions.get(f);
    if (known) return known;
    const made = (...args: unknown[]): Promise<unknown> => {
      const call = this.#calls++;
      const answered = new Promise((resolve, reject) => this.#waiting.set(call, { resolve, reject }));
      // Who calls may not care for the promise; Python reports its errors itself.
      answered.catch(() => {});
      this.#raise({ call, f, args: args.map((one) => this.#sent(one)) });
      return answered;
    };
    this.#functions.set(f, made);
    return made;
  }
}

/// Python calls classes to make objects. What nobody can give another prototype is one.
function isClass(called: object): called is new () => unknown {
  return Object.getOwnPropertyDescriptor(called, "prototype")?.writable === false && !CONVERTERS.includes(called);
}

function isAll(value: object): value is { all: unknown[] } {
  return Object.keys(value).length === 1 && "all" in value && Object.getPrototypeOf(value) === Object.prototype;
}
