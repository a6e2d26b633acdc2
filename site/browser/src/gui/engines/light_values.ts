/// Values of Skulpt's Python and of the page, and how one is made of the other.
import type { Plain } from "../bridge.ts";

// What is used of Skulpt, which has no types of its own.
export type PyObject = object;
type PyClass = new (...args: never[]) => PyObject;

interface Suspended {
  promiseToSuspension(promise: Promise<unknown>): PyObject;
  asyncToPromise(run: () => unknown): Promise<PyObject>;
  callsimOrSuspendArray(call: PyObject, args: PyObject[]): unknown;
  chain(value: unknown, next: (value: PyObject) => unknown): PyObject;
}

export interface Skulpt {
  builtin: Record<string, PyClass> & { none: { none$: PyObject } };
  misceval: Suspended;
  abstr: {
    typeName(value: PyObject): string;
    iter(value: PyObject): { tp$iternext(): PyObject | undefined };
    buildNativeClass(name: string, options: object): PyClass;
  };
  sysmodules: { mp$lookup(key: PyObject): PyObject | undefined };
  importModule(name: string, dump: boolean, canSuspend: boolean): unknown;
  configure(options: object): void;
  fixReserved(name: string): string;
  python3: object;
  execStart: number;
}

interface Dict {
  $items(): [PyObject, PyObject][];
  mp$lookup(key: PyObject): PyObject | undefined;
}

interface Held {
  held: unknown;
}

/// JSON numbers keep whether they were written as floats.
type ReviverContext = { readonly source?: string };
class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class LightValues {
  readonly #sk: Skulpt;
  readonly #Held: PyClass;

  constructor(sk: Skulpt) {
    this.#sk = sk;
    this.#Held = sk.abstr.buildNativeClass("JSValue", { constructor: function JSValue() {}, slots: {} });
  }

  // --- to Python

  toPython(value: unknown): PyObject {
    const { builtin } = this.#sk;
    if (value === undefined || value === null) return builtin.none.none$;
    switch (typeof value) {
      case "string":
        return this.#make("str", value);
      case "boolean":
        return this.#make("bool", value);
      case "number":
        return this.#make(Number.isInteger(value) ? "int_" : "float_", value);
    }
    if (value instanceof Float) return this.#make("float_", value.value);
    if (Array.isArray(value))
      return this.#make(
        "list",
        value.map((item) => this.toPython(item)),
      );
    const flat = Object.entries(value as object).flatMap(([key, item]) => [this.toPython(key), this.toPython(item)]);
    return this.#make("dict", flat);
  }

  bytes(value: Uint8Array): PyObject {
    return this.#make("bytes", value);
  }

  /// As `toPython`, but an object of the page is kept as it is, for `unwrap`.
  wrap(value: unknown): PyObject {
    if (value === null || typeof value !== "object") return this.toPython(value);
    const made = new this.#Held() as PyObject & Held;
    made.held = value;
    return made;
  }

  native(call: (...args: PyObject[]) => PyObject): PyObject {
    return this.#make("func", (...args: PyObject[]) => {
      try {
        return call(...args);
      } catch (error) {
        throw this.#asPython(error);
      }
    });
  }

  suspend(promise: Promise<unknown>, read: (value: unknown) => PyObject): PyObject {
    const settled = Promise.resolve(promise).then(
      (value) => {
        this.#sk.execStart = Date.now();
        return read(value);
      },
      (error) => {
        throw this.#asPython(error);
      },
    );
    return this.#sk.misceval.promiseToSuspension(settled);
  }

  #make(name: string, ...args: unknown[]): PyObject {
    const Class = this.#sk.builtin[name] as unknown as new (...args: unknown[]) => PyObject;
    return new Class(...args);
  }

  #is(value: PyObject, name: string): boolean {
    return value instanceof (this.#sk.builtin[name] as PyClass);
  }

  #asPython(error: unknown): unknown {
    if (error instanceof (this.#sk.builtin.BaseException as PyClass)) return error;
    return this.#make("RuntimeError", error instanceof Error ? error.message : String(error));
  }

  // --- from Python

  /// A primitive, bytes, or the page's own object.
  toPlain(value: PyObject): unknown {
    const inner = (value as { v?: unknown }).v;
    if (typeof inner === "string" && this.#is(value, "str")) return inner;
    if (value === this.#sk.builtin.none.none$) return undefined;
    if (this.#is(value, "bool")) return Boolean(inner);
    if (this.#is(value, "int_")) return Number(inner);
    if (this.#is(value, "str") || this.#is(value, "float_") || this.#is(value, "bytes")) return inner;
    if (value instanceof this.#Held) return this.unwrap(value);
    throw this.#make("TypeError", `cannot give the page a '${this.#sk.abstr.typeName(value)}'`);
  }

  /// A dictionary of primitives by names: name, value, name, value …
  flat(dict: PyObject): Plain[] {
    const found: Plain[] = [];
    for (const [name, value] of (dict as Dict).$items()) {
      found.push(this.toPlain(name) as string, this.toPlain(value) as Plain);
    }
    return found;
  }

  /// Whether all names of a dictionary are in the other one, and all its values are text, numbers or booleans.
  arePlain(dict: PyObject, known: PyObject): boolean {
    for (const [name, value] of (dict as Dict).$items()) {
      if ((known as Dict).mp$lookup(name) === undefined) return false;
      if (!this.#is(value, "str") && !this.#is(value, "int_") && !this.#is(value, "float_")) return false;
    }
    return true;
  }

  unwrap(value: PyObject): unknown {
    return (value as Held).held;
  }

  /// JSON of what JSON can carry, with floats told from whole numbers; TypeError for anything else.
  stringify(value: PyObject): string {
    const inner = (value as { v?: unknown }).v;
    if (value === this.#sk.builtin.none.none$) return "null";
    if (this.#is(value, "bool")) return inner ? "true" : "false";
    if (this.#is(value, "int_")) return String(inner);
    if (this.#is(value, "float_")) {
      return Number.isInteger(inner) ? `${inner}.0`.replace(/(e.*)\.0$/, "$1") : String(inner);
    }
    if (this.#is(value, "str")) return JSON.stringify(inner);
    if (this.#is(value, "list") || this.#is(value, "tuple")) {
      return `[${(inner as PyObject[]).map((item) => this.stringify(item)).join(",")}]`;
    }
    if (this.#is(value, "dict")) return this.#stringifyDict(value);
    throw this.#make("TypeError", `Object of type ${this.#sk.abstr.typeName(value)} is not JSON serializable`);
  }

  #stringifyDict(value: PyObject): string {
    const parts: string[] = [];
    const keys = this.#sk.abstr.iter(value);
    for (let key = keys.tp$iternext(); key !== undefined; key = keys.tp$iternext()) {
      const item = (value as unknown as Skulpt["sysmodules"]).mp$lookup(key) as PyObject;
      const name = this.#is(key, "str") ? (key as { v?: unknown }).v : this.stringify(key);
      parts.push(`${JSON.stringify(name)}:${this.stringify(item)}`);
    }
    return `{${parts.join(",")}}`;
  }

  parse(text: string): PyObject {
    const reviver = (_key: string, value: unknown, context?: ReviverContext): unknown =>
      typeof value === "number" && /[.eE]/.test(context?.source ?? "") ? new Float(value) : value;
    let read: unknown;
    try {
      read = JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
    } catch (error) {
      throw this.#make("ValueError", (error as Error).message);
    }
    return this.toPython(read);
  }

  /// Innermost first, the widget's own code alone: [[file, line, ""], …].
  trace(error: PyObject): PyObject {
    const found = (error as { traceback?: readonly { filename: string; lineno: number }[] }).traceback ?? [];
    const own = found.filter((entry) => entry.filename?.startsWith("app/"));
    return this.toPython(own.map((entry) => [entry.filename.slice("app/".length), entry.lineno ?? 0, ""]));
  }

  // --- calls and modules

  attribute(value: PyObject, name: string): PyObject {
    return (value as { tp$getattr(name: PyObject): PyObject }).tp$getattr(this.toPython(name));
  }

  call(callable: PyObject, args: PyObject[]): Promise<PyObject> {
    const { misceval } = this.#sk;
    return misceval.asyncToPromise(() => misceval.callsimOrSuspendArray(callable, args));
  }

  /// Import a module whose name may have dots, and return it and not its package.
  import(name: string): Promise<PyObject> {
    return this.#sk.misceval.asyncToPromise(() => this.importNow(name));
  }

  importNow(name: string): PyObject {
    const found = (): PyObject => this.#sk.sysmodules.mp$lookup(this.toPython(name)) as PyObject;
    return this.#sk.misceval.chain(this.#sk.importModule(name, false, true), found);
  }
}
