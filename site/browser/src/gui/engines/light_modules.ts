/// Where imports of the Light engine find modules: the widget's own as sources, the library's in scripts.
///
/// The engine's script holds what every start imports; the rest are groups, one script each (engines/skulpt.mjs).

declare global {
  /// Path → the module as a function, for what has been loaded.
  var $lightModules: Record<string, () => unknown>;
  /// What can be loaded: path → its group, and group → those that it imports.
  var $lightLater: {
    readonly modules: Readonly<Record<string, string>>;
    readonly needs: Readonly<Record<string, readonly string[]>>;
  };
}

export class LightModules {
  readonly #assets: Readonly<Record<string, string>>;
  readonly #own: Readonly<Record<string, string>>;
  readonly #made: Record<string, string> = {};
  readonly #loaded = new Set<string>();

  /// `own`: path below the widget's folder → source.
  constructor(assets: Readonly<Record<string, string>>, own: Readonly<Record<string, string>>) {
    this.#assets = assets;
    this.#own = Object.fromEntries(Object.entries(own).map(([path, source]) => [`app/${path}`, source]));
  }

  /// Load the groups that the widget's own modules import something of: they begin side by side, and their code is kept
  /// by the browser.
  async prepare(): Promise<void> {
    const want = (group: string): void => {
      if (this.#loaded.has(group)) return;
      this.#loaded.add(group);
      for (const other of $lightLater.needs[group] ?? []) want(other);
    };
    for (const source of Object.values(this.#own)) {
      for (const name of imported(source)) {
        const path = `src/lib/${name.replaceAll(".", "/")}`;
        const group = $lightLater.modules[`${path}.js`] ?? $lightLater.modules[`${path}/__init__.js`];
        if (group) want(group);
      }
    }
    await Promise.all([...this.#loaded].map((group) => loadScript(this.#address(group))));
  }

  /// Fetch the other groups, so that an import finds them also when the network is gone. Nothing is made of them yet.
  fetchRest(): void {
    for (const group of new Set(Object.values($lightLater.modules))) {
      if (!this.#loaded.has(group)) void fetch(this.#address(group), { priority: "low" }).catch(() => {});
    }
  }

  /// Let an import find this text, the source of a module that is none of ours.
  add(path: string, text: string): void {
    this.#made[path] = text;
  }

  /// What Skulpt is to compile or evaluate; throws where there is no such file.
  read(path: string): string {
    const text = this.#own[path] ?? this.#made[path];
    if (text !== undefined) return text;
    const group = $lightLater.modules[path];
    if (group !== undefined && !(path in $lightModules)) this.#loadNow(group);
    if (path in $lightModules) return `var $builtinmodule=$lightModules[${JSON.stringify(path)}]();`;
    throw `File not found: '${path}'`;
  }

  /// An import that nobody foresaw can be anywhere, also where Python can't wait.
  #loadNow(group: string): void {
    const request = new XMLHttpRequest();
    request.open("GET", this.#address(group), false);
    request.send();
    // In the global scope, as a script.
    // biome-ignore lint/security/noGlobalEval: it is of our own build, and Skulpt evaluates all that it runs.
    globalThis.eval(request.responseText);
  }

  #address(group: string): string {
    return this.#assets[`engines/skulpt_${group}.js`] ?? "";
  }
}

/// The names of what may be modules in the imports of a source.
function imported(source: string): string[] {
  const found: string[] = [];
  for (const [, from, names = ""] of source.matchAll(
    /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+)?import[ \t]+([\w., \t]+)/gm,
  )) {
    const listed = names.split(",").map((one) => one.trim().split(/\s/)[0] ?? "");
    found.push(...(from ? [from, ...listed.map((one) => `${from}.${one}`)] : listed));
  }
  return found;
}

export function loadScript(address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    // With the preload of the page's head; that and this must be fetched alike.
    script.crossOrigin = "anonymous";
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => reject(new Error(`The page could not load ${address}.`)));
    document.head.append(script);
  });
}
