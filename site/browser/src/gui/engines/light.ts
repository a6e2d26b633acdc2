/// The "light" engine: Skulpt, which makes JavaScript of a part of about Python 3.7.
///
/// Its script holds what every start imports, its library's and ours (light_modules.ts). Code waits by Skulpt's suspensions; endless loops end at the run limit,
/// until when the page stands still.
import type { Dispatch, Engine } from "../bridge.ts";
import { pythonFiles } from "../modules.ts";
import { functions, type PageBridge } from "../page_bridge.ts";
import { LightModules, loadScript } from "./light_modules.ts";
import { LightValues, type PyObject, type Skulpt } from "./light_values.ts";

declare global {
  var Sk: Skulpt;
  var $widgetryBridge: () => Record<string, PyObject>;
}

/// When nothing that somebody waits for is under way any more.
const REST_MS = 3000;

export class LightEngine implements Engine {
  async start(options: Parameters<Engine["start"]>[0]): Promise<Dispatch> {
    const app = options.app();
    await loadScript(options.assets["engines/skulpt.js"] ?? "");
    options.progress(0.6);
    const bridge = options.bridge as PageBridge;
    const values = new LightValues(Sk);
    const modules = new LightModules(options.assets, pythonFiles(await app));
    await modules.prepare();
    configure(modules, bridge, options.runLimitMs);
    globalThis.$widgetryBridge = () => makeBridge(bridge, values);
    const library = await values.import("anvil._dispatch");
    const enter = values.attribute(library, "dispatch");
    options.progress(0.9);
    setTimeout(() => modules.fetchRest(), REST_MS);
    return async (id, event, json) => {
      Sk.execStart = Date.now();
      await values.call(enter, [values.toPython(id), values.toPython(event), values.toPython(json)]);
    };
  }

  /// Code that runs can't be reached; what waits goes on.
  stop(): void {
    Sk.execStart = 0;
  }
}

function configure(modules: LightModules, bridge: PageBridge, runLimitMs: number): void {
  modules.add("src/lib/_bridge.js", "var $builtinmodule = function () { return globalThis.$widgetryBridge(); };");
  Sk.configure({
    output: (text: string) => bridge.print(text),
    read: (path: string) => modules.read(path),
    __future__: Sk.python3,
    syspath: ["app"],
    ...(runLimitMs > 0 ? { execLimit: runLimitMs } : {}),
  });
}

/// The module `_bridge` as Python sees it.
function makeBridge(bridge: PageBridge, values: LightValues): Record<string, PyObject> {
  const offered: Record<string, PyObject> = {};
  for (const [name, call] of Object.entries(functions(bridge))) {
    const plain = call as (...args: unknown[]) => unknown;
    // Skulpt gives names that JavaScript has plans for another ending.
    offered[Sk.fixReserved(name)] = values.native((...args) =>
      values.wrap(plain(...args.map((arg) => values.toPlain(arg)))),
    );
  }
  Object.assign(offered, makeComponents(bridge, values));
  const later = (promise: PyObject, read: (value: unknown) => PyObject): PyObject =>
    values.suspend(values.unwrap(promise) as Promise<unknown>, read);
  offered.wait = values.native((promise) => later(promise, (value) => values.wrap(value)));
  offered.blob_bytes = values.native((handle) =>
    values.suspend(bridge.blob_bytes(values.toPlain(handle) as number), (found) => values.bytes(found as Uint8Array)),
  );
  const gone = new FinalizationRegistry<readonly [string, number]>(([what, handle]) => {
    if (what === "blob") bridge.drop_blob(handle);
    else bridge.js_drop(handle);
  });
  offered.drop_with = values.native((owner, what, handle) => {
    gone.register(owner, [values.toPlain(what) as string, values.toPlain(handle) as number]);
    return values.wrap(undefined);
  });
  offered.to_json = values.native((value) => values.toPython(values.stringify(value)));
  offered.from_json = values.native((text) => values.parse(values.toPlain(text) as string));
  offered.trace_of = values.native((error) => values.trace(error));
  offered.import_module = values.native((name) => values.importNow(values.toPlain(name) as string));
  offered.js_error = Sk.builtin.ExternalError as PyObject;
  return offered;
}

/// What the module `_bridge` has of components, which it knows by their numbers.
function makeComponents(bridge: PageBridge, values: LightValues): Record<string, PyObject> {
  const parts = new Map<number, PyObject>();
  const number = (value: PyObject): number => values.toPlain(value) as number;
  const nothing = values.toPython(undefined);
  const create = (...args: PyObject[]): PyObject => {
    const [part, kind, properties, parent, layout, index] = args as PyObject[] &
      Record<0 | 1 | 2 | 3 | 4 | 5, PyObject>;
    const told = values.stringify(layout);
    const place = [number(parent), told === "{}" ? "" : told, number(index)] as const;
    const id = bridge.create(values.toPlain(kind) as string, ...place, ...values.flat(properties));
    parts.set(id, part);
    return values.toPython(id);
  };
  return {
    create: values.native(create),
    know: values.native((id = nothing, part = nothing) => {
      parts.set(number(id), part);
      return nothing;
    }),
    known: values.native((id = nothing) => parts.get(number(id)) ?? nothing),
    drop: values.native((id = nothing) => {
      parts.delete(number(id));
      bridge.drop(number(id));
      return nothing;
    }),
    are_plain: values.native((properties = nothing, known = nothing) =>
      values.toPython(values.arePlain(properties, known)),
    ),
  };
}
