/// Scripts in the HTML of forms: they run once for each form, in their order, when the form comes onto the page.
import { tag } from "./components/component.ts";

/// What needs jQuery: the pages of most Anvil themes do.
const USES_JQUERY = /\bjQuery\b|\$\s*[.(]/;

/// A library of another host that has not come by then may never.
const PATIENCE_MS = 10_000;

export class Scripts {
  readonly #assets: Readonly<Record<string, string>>;
  /// Address → the library, on its way or there.
  readonly #libraries = new Map<string, Promise<void>>();
  readonly #running = new Set<Promise<void>>();

  /// `assets` are the addresses of our own files by name.
  constructor(assets: Readonly<Record<string, string>>) {
    this.#assets = assets;
  }

  /// Load a library of ours by its name, or another by its address.
  load(name: string): Promise<void> {
    return this.#library(name.startsWith("https://") ? name : (this.#assets[name] ?? ""));
  }

  /// Let the scripts run that were written into this element as text: libraries once for all of the page, the others as
  /// soon as the element is on the page and all before them are there.
  run(element: HTMLElement): void {
    const scripts = [...element.querySelectorAll("script")].filter(isCode);
    const needsJquery = !("jQuery" in globalThis) && USES_JQUERY.test(element.innerHTML);
    if (!needsJquery && !scripts.some((script) => script.src)) {
      for (const script of scripts) revive(script);
      return;
    }
    const done = this.#inOrder(scripts, needsJquery).finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  /// Wait until no script of a form is still on its way, or for as long as anybody would.
  async settled(): Promise<void> {
    const enough = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    await Promise.race([this.#all(), enough]);
  }

  async #all(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  async #inOrder(scripts: readonly HTMLScriptElement[], needsJquery: boolean): Promise<void> {
    if (needsJquery) await this.load("engines/jquery.js");
    for (const script of scripts) {
      if (script.src) await this.#library(script.src, script.type);
      else revive(script);
    }
  }

  /// A library that does not come keeps nothing else from running: the browser's console tells of it.
  #library(address: string, type = ""): Promise<void> {
    const known = this.#libraries.get(address);
    if (known) return known;
    const coming = new Promise<void>((resolve) => {
      const script = tag("script", "");
      script.type = type;
      script.src = address;
      script.addEventListener("load", () => resolve());
      script.addEventListener("error", () => resolve());
      document.head.append(script);
    });
    this.#libraries.set(address, coming);
    return coming;
  }
}

function isCode(script: HTMLScriptElement): boolean {
  return script.type === "" || script.type === "module" || /javascript/.test(script.type);
}

/// A script that came as text never runs; a copy of it does, when it is on the page.
function revive(script: HTMLScriptElement): void {
  const made = document.createElement("script");
  for (const { name, value } of script.attributes) made.setAttribute(name, value);
  made.textContent = script.textContent;
  script.replaceWith(made);
}
