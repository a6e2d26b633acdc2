// What the site knows of client code, as `engines/client_python.json` of the output: the components, the library's
// sources for the language server, and which modules each engine has.

/// Runs in Pyodide, after the packer of pyodide.mjs. A module counts when it can be imported without what was dropped.
const MODULES = `
import sys


class _Dropped:
    def find_spec(self, name, path=None, target=None):
        if not is_kept(name.replace(".", "/") + ".py"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def importable(path):
    with zipfile.ZipFile(path) as source:
        names = {item.filename.partition("/")[0].removesuffix(".py") for item in source.infolist()}
    names = {name for name in names if name.isidentifier()}
    names |= {name for name in sys.stdlib_module_names if importlib.util.find_spec(name) is not None}
    before, found = dict(sys.modules), []
    sys.meta_path.insert(0, _Dropped())
    for name in sorted(names):
        if name in ("antigravity", "this") or name.startswith("__") or not is_kept(f"{name}.py"):
            continue
        try:
            importlib.import_module(name)
        except Exception:
            continue
        found.append(name)
    sys.meta_path.pop(0)
    sys.modules.clear()
    sys.modules.update(before)
    return found
`;

/** The modules that the "full" engine has; `pyodide` holds the packer's names and its library in /source.zip. */
export function fullModules(pyodide, library) {
  pyodide.runPython(MODULES);
  const found = pyodide.runPython('importable("/source.zip")');
  const standard = found.toJs();
  found.destroy();
  return sorted(["__future__", ...standard, ...topLevel(Object.keys(library)), "js", "pyodide", "pyodide_js"]);
}

/** The modules that the "light" engine has; `files` are those that it was built with. */
export function lightModules(files) {
  const names = Object.keys(files).map((name) => name.replace(/^src\/(builtin|lib)\//, ""));
  return sorted(["__future__", ...topLevel(names)]);
}

function topLevel(paths) {
  const names = paths.map((path) => path.split("/")[0].replace(/\.(py|js)$/, ""));
  return sorted(names.filter((name) => /^[A-Za-z]\w*$/.test(name)));
}

const sorted = (names) => [...new Set(names)].sort();
