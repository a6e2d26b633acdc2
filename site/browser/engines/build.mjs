// What client Python runs on: both engines and our client library, into `engines/` of the output.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { Output } from "./output.mjs";
import { buildPyodide } from "./pyodide.mjs";
import { buildSkulpt } from "./skulpt.mjs";

/** Build into `folder` and enter what was made in `manifest`. `browser` is site/browser. */
export async function buildEngines(folder, manifest, browser) {
  const client = join(browser, "..", "client");
  const modules = join(browser, "node_modules");
  const components = readFileSync(join(client, "components.json"), "utf8");
  // A constant that both compilers only have to read: no engine parses JSON to start.
  const library = { ...sources(client, "anvil"), "anvil/_components_json.py": `TEXT = ${pythonText(components)}\n` };
  const output = new Output(folder, manifest);
  buildSkulpt(output, modules, library, sources(join(client, "light"), "."));
  await buildPyodide(output, modules, library);
  await output.done();
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

const pythonText = (text) => JSON.stringify(JSON.stringify(JSON.parse(text)));
