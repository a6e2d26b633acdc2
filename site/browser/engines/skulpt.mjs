// The "light" engine as one classic script: Skulpt, the part of its standard library that works, ours beside it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import vm from "node:vm";

/// Modules of Skulpt's own library that do what they say; most of the others are stubs that fail when imported.
const KEPT =
  /^src\/(builtin\/sys|lib\/(time|datetime|math|random|re|string|collections|copy|operator|itertools|textwrap|types|bisect|keyword|platform|calendar|_strptime|locale|numbers|heapq|stat|array|pprint|repr|StringIO|io|token|tokenize)[./])/;

/** Build into `output` from Skulpt's npm package in `modules`; `library` is name → source of what is ours. Returns the
 *  files that it holds. */
export function buildSkulpt(output, modules, library) {
  const read = (name) => readFileSync(join(modules, "skulpt/dist", name), "utf8");
  const patches = readFileSync(join(modules, "../engines/skulpt_patches.js"), "utf8");
  const files = workingLibrary(read("skulpt-stdlib.js"));
  for (const [name, source] of Object.entries(library)) files[`src/lib/${name}`] = source;
  precompile(files, patches);
  const script = `${read("skulpt.min.js").replace(/\/\/# sourceMappingURL=.*\s*$/, "")}
;${patches}
;Sk.builtinFiles=${JSON.stringify({ files })};`;
  output.put("skulpt.js", Buffer.from(script));
  return files;
}

/** Replace Python by what Skulpt makes of it: a browser would need longer for that than for all the rest. */
function precompile(files, patches) {
  createRequire(import.meta.url)("skulpt");
  vm.runInThisContext(patches);
  const { Sk } = globalThis;
  Sk.configure({ output: () => {}, read: () => "", __future__: Sk.python3 });
  for (const [name, source] of Object.entries(files)) {
    if (!name.endsWith(".py") || !source.trim()) continue;
    Sk.resetCompiler();
    let made;
    try {
      made = Sk.compile(source, name, "exec", true).code;
    } catch (error) {
      throw new Error(`Skulpt can't read ${name}: ${error}`);
    }
    delete files[name];
    files[name.replace(/\.py$/, ".js")] = made.replace(/^\$compiledmod = /, "var $builtinmodule = ");
  }
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
