// What client code runs on: both engines, our client library, jQuery, into `engines/` of the output.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { loadPyodide } from "pyodide";
import { fullModules, lightModules } from "./client_python.mjs";
import { Output } from "./output.mjs";
import { buildPyodide } from "./pyodide.mjs";
import { buildSkulpt } from "./skulpt.mjs";
import { uplinkLibrary } from "./uplink_library.mjs";

/** What server code and pages share: how plots look by name. */
const LOOKS = "../../sandbox_images/guest/widget_guest/beside_anvil/_plot_looks.py";

/** Build into `folder` and enter what was made in `manifest`. `browser` is site/browser. */
export async function buildEngines(folder, manifest, browser) {
  const client = join(browser, "..", "client");
  const modules = join(browser, "node_modules");
  const components = JSON.parse(readFileSync(join(client, "components.json"), "utf8"));
  const spec = flat(components);
  // A constant that the compilers read at build time: no engine parses JSON to start.
  const own = {
    ...sources(client, "anvil"),
    ...sources(client, "plotly"),
    ...sources(client, "stripe"),
    "anvil/_spec.py": `COMPONENTS = ${python(spec)}\n`,
    "anvil/_plot_looks.py": readFileSync(join(browser, LOOKS), "utf8"),
  };
  const uplink = uplinkLibrary(browser);
  const output = new Output(folder, manifest);
  const pyodide = await loadPyodide({ indexURL: join(modules, "pyodide"), stdout: () => {}, stderr: () => {} });
  const light = { ...own, ...rewritten(pyodide, uplink, browser), ...sources(join(client, "light"), ".") };
  const inLight = buildSkulpt(output, modules, light);
  buildPyodide(output, modules, pyodide, { ...own, ...uplink });
  const known = {
    components: spec,
    modules: { full: fullModules(pyodide, own), light: lightModules(inLight) },
    library: { ...sources(client, "anvil"), ...sources(client, "plotly"), ...sources(client, "stripe"), ...uplink },
  };
  output.put("client_python.json", Buffer.from(JSON.stringify(known)));
  // Forms' own JavaScript may want it; no page of ours does.
  output.put("jquery.js", readFileSync(join(modules, "jquery/dist/jquery.min.js")));
  await output.done();
}

/** Python as the light engine understands it, by what does the same to widgets' code. */
function rewritten(pyodide, files, browser) {
  const names = pyodide.globals.get("dict")();
  const rewriter = join(browser, "../../widgets/widget_model/client_code/light.py");
  pyodide.runPython(readFileSync(rewriter, "utf8"), { globals: names });
  const rewrite = names.get("rewritten");
  return Object.fromEntries(Object.entries(files).map(([name, source]) => [name, rewrite(source)]));
}

/** Path → text of the Python files below `top`/`folder`; paths begin at `top`. */
function sources(top, folder) {
  const found = {};
  if (!existsSync(join(top, folder))) return found;
  for (const entry of readdirSync(join(top, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(py|js)$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    found[relative(top, path).replaceAll("\\", "/")] = readFileSync(path, "utf8");
  }
  return found;
}

/** Each component with the properties of its groups beside its own. */
function flat({ groups, components }) {
  const whole = Object.entries(components).map(([name, spec]) => {
    const properties = Object.assign({}, ...spec.groups.map((group) => groups[group]), spec.properties);
    return [name, { ...spec, properties }];
  });
  return Object.fromEntries(whole);
}

/** A value of JSON as Python writes it. */
function python(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  const items = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${python(item)}`);
  return `{${items.join(", ")}}`;
}
