/// The "full" engine: CPython in WebAssembly, by Pyodide.
///
/// Python waits for the page by JSPI; where a browser has none, calls are synchronous requests and dialogs the
/// browser's own. Endless loops are interrupted by the clock: every 50 ms code of the widget gives way to the page,
/// and it is stopped at the run limit or when somebody says so.
import type { PyodideAPI } from "pyodide";
import type { Dispatch, Engine } from "../bridge.ts";
import { pythonFiles } from "../modules.ts";
import { functions, type PageBridge } from "../page_bridge.ts";
import START from "./full_start.py";

const BREATH_MS = 50;
/// The signal whose Python handler lets the page breathe; 2 would be KeyboardInterrupt at once.
const BREATHE = 14;

interface PyFunction {
  (...args: unknown[]): unknown;
  callPromising(...args: unknown[]): Promise<unknown>;
}

export class FullEngine implements Engine {
  #stopping = false;
  #next = Number.POSITIVE_INFINITY;
  #entered = 0;

  async start(options: Parameters<Engine["start"]>[0]): Promise<Dispatch> {
    const { assets, progress } = options;
    const script = assets["engines/pyodide/pyodide.mjs"] ?? "";
    const library = fetch(assets["engines/library.zip"] ?? "").then((answer) => answer.arrayBuffer());
    const folder = script.slice(0, script.lastIndexOf("/") + 1);
    const { loadPyodide } = (await import(script)) as typeof import("pyodide");
    progress(0.2);
    const python = await loadPyodide({
      indexURL: folder,
      stdLibURL: `${folder}stdlib.zip`,
      lockFileURL: `${folder}lock.json`,
    });
    progress(0.7);
    python.FS.writeFile("/widgetry.zip", new Uint8Array(await library));
    writeFiles(python, pythonFiles(await options.app()));
    const dispatch = this.#enter(python, options);
    progress(0.9);
    return dispatch;
  }

  stop(): void {
    this.#stopping = true;
  }

  #enter(python: PyodideAPI, options: Parameters<Engine["start"]>[0]): Dispatch {
    const bridge = options.bridge as PageBridge;
    const waits = "Suspending" in WebAssembly;
    const offered = { ...functions(bridge) } as Record<string, unknown>;
    if (!waits) {
      for (const name of ["call", "answer_later", "alert", "sleep", "blob_bytes", "call_js", "http"])
        offered[name] = offered[`${name}_now`];
    }
    python.registerJsModule("_bridge_of_page", offered);
    python.registerJsModule("_page", {
      breathe: () => this.#breathe(),
      left: () => this.#left(),
      resumed: () => this.resumed(),
      waits,
    });
    python.setStdout({ write: (bytes) => print(bridge, bytes) });
    python.setStderr({ write: (bytes) => print(bridge, bytes) });
    python.runPython(START);
    if (waits) this.#watch(python, options.runLimitMs);
    const enter = python.globals.get("dispatch") as PyFunction;
    return async (...event) => {
      this.#entered = performance.now();
      if (waits) await enter.callPromising(...event);
      else enter(...event);
    };
  }

  /// Raise the signal every 50 ms, and KeyboardInterrupt when the limit is over, by an interrupt buffer that looks at
  /// the clock.
  #watch(python: PyodideAPI, limitMs: number): void {
    this.#next = performance.now() + BREATH_MS;
    this.#limitMs = limitMs;
    const read = (): number => {
      if (performance.now() < this.#next) return 0;
      this.#next = Number.POSITIVE_INFINITY;
      return BREATHE;
    };
    const buffer = Object.defineProperty({ length: 1 }, "0", { get: read, set: () => {} });
    python.setInterruptBuffer(buffer as unknown as Uint8Array);
  }

  #limitMs = 0;

  /// Let the page live for a moment; the answer is why the code must end, "" when it need not.
  #breathe(): Promise<string> {
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve(this.#reason());
      };
      port2.postMessage(0);
    });
  }

  #reason(): string {
    if (this.#stopping) {
      this.#stopping = false;
      return "stopped";
    }
    if (this.#limitMs > 0 && performance.now() - this.#entered > this.#limitMs) return "limit";
    return "";
  }

  #left(): void {
    this.#next = performance.now() + BREATH_MS;
  }

  /// Python begins to run again: its time counts from now.
  resumed(): void {
    this.#entered = performance.now();
  }
}

const decoder = new TextDecoder();

function print(bridge: PageBridge, bytes: Uint8Array): number {
  bridge.print(decoder.decode(bytes, { stream: true }));
  return bytes.length;
}

function writeFiles(python: PyodideAPI, files: Readonly<Record<string, string>>): void {
  for (const [path, source] of Object.entries(files)) {
    const file = `/app/${path}`;
    python.FS.mkdirTree(file.slice(0, file.lastIndexOf("/")));
    python.FS.writeFile(file, source);
  }
}
