/// Calls between JavaScript in a widget's HTML and its Python: `anvil.call(element, "method", …)` here, `call_js` there.
interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/// Tells Python: the component's number, the event, its arguments.
type Raise = (id: number, event: string, args: Readonly<Record<string, unknown>>) => void;

/// What holds an element: jQuery's objects do.
type Holder = Element | { readonly [index: number]: Element };

export class JsCalls {
  readonly #raise: Raise;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(raise: Raise) {
    this.#raise = raise;
  }

  /// Call a method of the form that an element is in; the promise has what it returns. What crosses is JSON.
  call(holder: Holder, method: string, ...args: unknown[]): Promise<unknown> {
    const element = holder instanceof Element ? holder : holder?.[0];
    const component = element?.closest<HTMLElement>("[data-component]");
    if (!component) return Promise.reject(new Error(`anvil.call: the element for "${method}" is in no component.`));
    const call = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(call, { resolve, reject });
      this.#raise(Number(component.dataset.component), "called_by_js", { call, method, args });
    });
  }

  /// Python's answer to a call: JSON of {"value"} or {"error"}.
  answer(call: number, json: string): void {
    const waiting = this.#waiting.get(call);
    if (!waiting) return;
    this.#waiting.delete(call);
    const { value, error } = JSON.parse(json) as { value?: unknown; error?: string };
    if (error === undefined) waiting.resolve(value);
    else waiting.reject(new Error(error));
  }
}

/// Call a function of the page by its name, "f" or "a.b.f", and return JSON of {"value"} or {"error"}.
export function callFunction(name: string, args: readonly unknown[]): unknown {
  const path = name.split(".");
  let owner: unknown = globalThis;
  for (const part of path.slice(0, -1)) owner = (owner as Record<string, unknown> | undefined)?.[part];
  const called = (owner as Record<string, unknown> | undefined)?.[path.at(-1) ?? ""];
  if (typeof called !== "function") throw new Error(`This page has no JavaScript function ${name}`);
  return called.apply(owner, args);
}

/// How a value or an error goes to Python; what JSON can't carry is nothing.
export const told = (value: unknown): string => JSON.stringify({ value: carried(value) });
export const toldError = (error: unknown): string =>
  JSON.stringify({ error: error instanceof Error ? error.message : String(error) });

function carried(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch {
    return null;
  }
}
