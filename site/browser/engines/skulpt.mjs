// The "light" engine as classic scripts: Skulpt with the modules that every widget's start imports, and groups of further
// modules, each one script.
//
// A module is a function of a script, by its path in `$lightModules`, and what Skulpt evaluates to import it is a call of
// that: so a browser reads a module when it is imported, and what it made of a script is kept in its cache of code. As
// texts to evaluate they were 12 MB of strings in each page, compiled anew each time.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import vm from "node:vm";
import * as esbuild from "esbuild";
import { mended } from "./skulpt_datetime.mjs";

/// Modules of Skulpt's own library that do what they say; most of the others are stubs that fail when imported.
const KEPT =
  /^src\/(builtin\/sys|lib\/(time|datetime|math|random|re|string|collections|copy|operator|itertools|textwrap|types|bisect|keyword|platform|calendar|_strptime|locale|numbers|heapq|stat|array|pprint|repr|StringIO|io|token|tokenize)[./])/;
/// What begins in every page, with all that these import: in the script of the engine itself.
const STARTED = ["anvil._dispatch", "anvil.server", "anvil.js", "sys", "time", "math", "random", "re", "json"];
/// Groups that are loaded when a widget imports something of them, by their modules' paths; the last takes the rest.
const GROUPS = [
  ["dates", /^(datetime|anvil\/tz)\./],
  ["tables", /^anvil\/tables\//],
  ["more", /./],
];

/** Build into `output` from Skulpt's npm package in `modules`; `library` is name → source of what is ours. Returns the
 *  files that it holds. */
export function buildSkulpt(output, modules, library) {
  const read = (name) => readFileSync(join(modules, "skulpt/dist", name), "utf8");
  const patches = readFileSync(join(modules, "../engines/skulpt_patches.js"), "utf8");
  const files = workingLibrary(read("skulpt-stdlib.js"));
  files["src/lib/datetime.py"] = mended(files["src/lib/datetime.py"]);
  for (const [name, source] of Object.entries(library)) files[`src/lib/${name}`] = source;
  const started = importedBy(STARTED, files);
  const needs = groupNeeds(files, started);
  const compiled = precompile(files, patches);
  const scripts = { started: "" };
  const later = {};
  for (const [path, code] of Object.entries(files)) {
    const group = groupOf(path, started);
    // What Skulpt's own authors wrote shows the names of its functions in messages.
    const made = `$lightModules[${JSON.stringify(path)}]=function(){${code}\n;return $builtinmodule};`;
    scripts[group] = (scripts[group] ?? "") + minified(made, compiled.has(path));
    if (group !== "started") later[path] = group;
  }
  const core = `${read("skulpt.min.js").replace(/\/\/# sourceMappingURL=.*\s*$/, "")}
;${minified(patches, true)}
globalThis.$lightModules={};
globalThis.$lightLater=${JSON.stringify({ modules: later, needs })};
${scripts.started}`;
  output.put("skulpt.js", Buffer.from(core));
  for (const [group] of GROUPS) output.put(`skulpt_${group}.js`, Buffer.from(scripts[group]));
  return files;
}

function minified(code, renames) {
  const options = { minifyWhitespace: true, minifyIdentifiers: renames, minifySyntax: renames, charset: "utf8" };
  return esbuild.transformSync(code, { ...options, target: ["chrome123", "firefox120", "safari17.5"] }).code;
}

function groupOf(path, started) {
  const name = path.replace(/^src\/(lib|builtin)\//, "");
  return started.has(name.replace(/\.\w+$/, "")) ? "started" : GROUPS.find(([, of]) => of.test(name))[0];
}

/** Group → the other groups that its modules import at once. */
function groupNeeds(files, started) {
  const needs = Object.fromEntries(GROUPS.map(([group]) => [group, new Set()]));
  for (const [path, source] of Object.entries(files)) {
    const group = groupOf(path, started);
    if (group === "started") continue;
    for (const name of imports(source)) {
      const other = pathsOf(name).find((one) => `src/lib/${one}.py` in files || `src/lib/${one}.js` in files);
      if (other) needs[group].add(groupOf(`src/lib/${other}.js`, started));
    }
  }
  return Object.fromEntries(
    Object.entries(needs).map(([group, others]) => [
      group,
      [...others].filter((one) => one !== group && one !== "started"),
    ]),
  );
}

/** The paths, without their endings, of modules and of what they import at once. */
function importedBy(names, files) {
  const found = new Set();
  const waiting = [...names];
  while (waiting.length > 0) {
    for (const path of pathsOf(waiting.pop())) {
      const source = files[`src/lib/${path}.py`] ?? files[`src/lib/${path}.js`] ?? files[`src/builtin/${path}.js`];
      if (source === undefined || found.has(path)) continue;
      found.add(path);
      waiting.push(...imports(source));
      if (path.includes("/")) waiting.push(path.slice(0, path.lastIndexOf("/")));
    }
  }
  return found;
}

const pathsOf = (name) => [name.replaceAll(".", "/"), `${name.replaceAll(".", "/")}/__init__`];

/** The names of what may be modules in the imports at the top of one. */
function imports(source) {
  const found = [];
  for (const [, from, listed, plain] of source.matchAll(/^(?:from ([\w.]+) import (.*)|import (.*))$/gm)) {
    const names = (plain ?? listed).split(",").map((one) => one.trim().split(" ")[0]);
    found.push(...(from ? [from, ...names.map((one) => `${from}.${one}`)] : names));
  }
  return found;
}

/** Replace Python by what Skulpt makes of it: a browser would need longer for that than for all the rest. Returns the
 * names that what was made has. */
function precompile(files, patches) {
  const made = new Set();
  createRequire(import.meta.url)("skulpt");
  vm.runInThisContext(patches);
  const { Sk } = globalThis;
  Sk.configure({ output: () => {}, read: () => "", __future__: Sk.python3 });
  for (const [name, source] of Object.entries(files)) {
    if (!name.endsWith(".py")) continue;
    Sk.resetCompiler();
    let code;
    try {
      code = Sk.compile(source || "\n", name, "exec", true).code;
      // Each method writes into its module which class it is of, for super() alone.
      if (!/\bsuper\b|\b__class__\b/.test(source)) code = code.replace(/\$gbl\.__class__=\$gbl\.[$\w]+;/g, "");
    } catch (error) {
      throw new Error(`Skulpt can't read ${name}: ${error}`);
    }
    delete files[name];
    const now = name.replace(/\.py$/, ".js");
    files[now] = code.replace(/^\$compiledmod = /, "var $builtinmodule = ");
    made.add(now);
  }
  return made;
}

function workingLibrary(script) {
  const context = vm.createContext({ Sk: {} });
  vm.runInContext(script, context);
  const files = {};
  for (const [name, source] of Object.entries(context.Sk.builtinFiles.files)) {
    if (KEPT.test(name) && !/NotImplementedError/.test(source.slice(0, 400))) files[name] = source;
  }
  return files;
}
