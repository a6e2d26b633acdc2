/// The page of a GUI widget: paints the start form, then starts an engine that takes it over.
import type { App, Boot, Form } from "./app.ts";
import type { Engine } from "./bridge.ts";
import { tag } from "./components/component.ts";
import { Errors } from "./errors.ts";
import { JsCalls } from "./js_calls.ts";
import { JsObjects } from "./js_objects.ts";
import { whole } from "./layouts.ts";
import { Media } from "./media.ts";
import { keepForOffline, mayBeKept } from "./offline.ts";
import { PageBridge } from "./page_bridge.ts";
import { PageHost, variable } from "./page_host.ts";
import { Scripts } from "./scripts.ts";
import { show } from "./stage.ts";
import { Wire, type WireEvents } from "./wire.ts";

/// A call shows the spinner when it has not been answered by then.
const SPINNER_MS = 300;
const STARTING = "Starting Python";

const boot = JSON.parse(document.getElementById("boot")?.textContent ?? "{}") as Boot;
const place = document.getElementById("app") ?? document.body.appendChild(tag("div", ""));
const bar = document.body.appendChild(tag("div", "anvil-progress"));
const spinner = document.body.appendChild(tag("div", "anvil-spinner"));
bar.setAttribute("role", "progressbar");
bar.setAttribute("aria-label", STARTING);
spinner.hidden = true;

let app: Pick<App, "package" | "forms"> & Partial<Pick<App, "dependencies">> = boot.first;

/// A form by its whole name: that of a package, a dot, and the form's own.
function find(name: string): Form | undefined {
  const packages = [app, ...Object.values(app.dependencies ?? {})];
  for (const one of packages) {
    if (!name.startsWith(`${one.package}.`)) continue;
    const found = one.forms[name.slice(one.package.length + 1)];
    return found && whole(found);
  }
  return undefined;
}

function tell(message: Readonly<Record<string, unknown>>): void {
  if (boot.console_origin && parent !== window) parent.postMessage(message, boot.console_origin);
}

const errors = new Errors((error) => {
  tell({ kind: "error", error });
  const { type, message, trace } = error;
  const report = { command: "anvil.private.report_error", args: [{ type, message, trace }], kwargs: {}, objects: [] };
  void wire.call(JSON.stringify(report), false);
});
const failed = (error: unknown): void => {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  errors.report({ type: name, message, trace: [] });
};
const scripts = new Scripts(boot.assets);
const media = new Media();
const call = (message: string): Promise<string> => wire.call(message, false);
const host = new PageHost(find, boot.first.theme, `${boot.origin}/_/theme/`, { scripts, media, call }, failed);
const objects = new JsObjects((args) => host.raise(0, "called_by_js", args));
const calls = new JsCalls((id, event, args) => host.raise(id, event, args));
// What JavaScript in a widget's HTML has of ours.
Object.assign(globalThis, { anvil: { call: calls.call.bind(calls) } });
let spinning: ReturnType<typeof setTimeout> | undefined;
const wireEvents: WireEvents = {
  waiting: (count) => {
    if (count > 0) {
      spinning ??= setTimeout(() => (spinner.hidden = false), SPINNER_MS);
      return;
    }
    clearTimeout(spinning);
    spinning = undefined;
    // Hiding what is hidden would cost the page a style recalculation and a frame, for each call.
    if (!spinner.hidden) spinner.hidden = true;
  },
  sending: (part) => {
    bar.setAttribute("aria-label", "Sending files");
    progress(part);
    bar.hidden = part >= 1;
  },
  pushed: (message) => {
    if (message.type === "EVENT") host.raise(0, "pushed", message);
  },
};
const wire = new Wire(new URL(boot.socket, boot.origin).href.replace(/^http/, "ws"), media, wireEvents, boot.page);
const bridge = new PageBridge({
  host,
  media,
  wire,
  errors,
  scripts,
  calls,
  objects,
  place,
  print: (text) => {
    if (text.trim()) console.log(text.replace(/\n$/, ""));
    tell({ kind: "print", text });
  },
  template: (name) => JSON.stringify(find(name) ?? null),
  opened: () => host.settle(),
  shown: started,
  callUrl: new URL(boot.call, boot.origin).href,
});

function progress(part: number): void {
  bar.style.setProperty("--part", String(part));
  bar.setAttribute("aria-valuenow", String(Math.round(part * 100)));
}

/// Python is there, whatever its code goes on to wait for.
function started(): void {
  if (bar.getAttribute("aria-label") !== STARTING) return;
  progress(1);
  bar.hidden = true;
}

/// The page as it is now opens without a network, too.
function keep(): void {
  const version = document.documentElement.dataset.page;
  if (boot.opens || !mayBeKept(version)) return;
  const built = new URL(".", import.meta.url).href;
  const own = ["/_/app/", "/_/theme/"].map((path) => new URL(path, boot.origin).href);
  // A browser that keeps nothing, as in a private window, has said so; the page needs none of it.
  keepForOffline(version, [built, ...own]).catch(() => {});
}

async function fetchApp(): Promise<App> {
  const answer = await fetch(boot.app);
  if (!answer.ok) throw new Error(`The widget's code did not arrive (status ${answer.status}).`);
  const whole = (await answer.json()) as App;
  app = whole;
  return whole;
}

async function start(): Promise<void> {
  const coming = fetchApp();
  const engine: Engine =
    boot.engine === "light"
      ? new (await import("./engines/light.ts")).LightEngine()
      : new (await import("./engines/full.ts")).FullEngine();
  addEventListener("message", (event) => {
    if (event.source === parent && event.origin === boot.console_origin && event.data?.kind === "stop") engine.stop();
  });
  const { assets, run_limit_ms: runLimitMs } = boot;
  const dispatch = await engine.start({ bridge, app: () => coming, assets, progress, runLimitMs });
  host.live(dispatch);
  // Event "start" of no component: Python runs the start module or opens the start form.
  await dispatch(
    0,
    "start",
    JSON.stringify({
      package: app.package,
      startup: boot.first.startup,
      app_info: boot.app_info,
      origin: boot.origin,
      api_origin: boot.api_origin,
      theme_colors: boot.first.theme.colors,
      opens: boot.opens,
    }),
  );
}

performance.mark("page");
for (const [name, value] of Object.entries(boot.first.theme.colors)) {
  document.documentElement.style.setProperty(variable(name), value);
}
const { startup } = boot.first;
const painted = startup.kind === "form" ? host.paint(`${boot.first.package}.${startup.name}`) : undefined;
if (painted !== undefined) show(host.component(painted).element, place);
performance.mark("painted");
wire.watch();
wire.open();
progress(0.05);
start()
  .catch(failed)
  .finally(() => {
    host.settle();
    started();
    document.documentElement.dataset.python = "live";
    performance.mark("live");
    keep();
  });
addEventListener("hashchange", () => host.raise(0, "hash"));
