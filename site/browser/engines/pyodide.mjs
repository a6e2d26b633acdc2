// The "full" engine: Pyodide with its standard library as bytecode, and our client library packed for it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/// Runs in Pyodide, whose own compiler makes the bytecode. What a page can't use is left out; tarfile stays: Pyodide's
/// loader of wheels imports it.
const PACKER = `
import importlib._bootstrap_external as external
import importlib.util
import io
import re
import zipfile

DROPPED = re.compile(
    r"^(_pyrepl|pydoc|pydoc_data|doctest|pdb|bdb|multiprocessing|unittest|xmlrpc|wsgiref|ftplib|imaplib|poplib|smtplib"
    r"|mailbox|ctypes|sqlite3|profile|pstats|cProfile|trace|tracemalloc|pickletools|pyclbr|modulefinder|zipapp|_pyio"
    r"|turtle|idlelib|tkinter|curses|plistlib|socketserver|webbrowser|rlcompleter|this|antigravity|wave|pty|tty|optparse"
    r"|getopt|compileall|py_compile|tabnanny|nturl2path|symtable|_ssl)(/|\\.py)"
)
ENCODINGS = {
    "__init__", "aliases", "ascii", "utf_8", "utf_8_sig", "latin_1", "cp1252", "cp437", "utf_16", "utf_16_le",
    "utf_16_be", "utf_32", "idna", "punycode", "raw_unicode_escape", "unicode_escape", "base64_codec", "hex_codec",
    "rot_13", "undefined", "charmap", "iso8859_1", "iso8859_15", "mbcs",
}


def is_kept(name):
    if name.startswith("encodings/"):
        return name[len("encodings/") : -len(".py")] in ENCODINGS
    return not DROPPED.match(name)


def bytecode(source, path):
    code = compile(source, path, "exec", dont_inherit=True)
    return bytes(external._code_to_hash_pyc(code, importlib.util.source_hash(source), False))


def pack(files, place):
    """Return a stored zip, equal for equal files, so that brotli sees bytecode and not deflated bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            if name.endswith(".py"):
                name, content = name + "c", bytecode(content, place + name)
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content)
    return made.getvalue()


def pack_stdlib(path, place):
    with zipfile.ZipFile(path) as source:
        names = [item.filename for item in source.infolist() if not item.is_dir() and is_kept(item.filename)]
        return pack({name: source.read(name) for name in names}, place)


def pack_library(files):
    return pack({name: text.encode() for name, text in files.to_py().items()}, "/widgetry/")
`;

/** Build into `output` from Pyodide's npm package in `modules`, by it; `library` is name → source of our client library. */
export function buildPyodide(output, modules, pyodide, library) {
  const folder = join(modules, "pyodide");
  const read = (name) => readFileSync(join(folder, name));
  pyodide.FS.writeFile("/source.zip", read("python_stdlib.zip"));
  pyodide.runPython(PACKER);
  const minor = pyodide.runPython("import sys; sys.version_info.minor");
  const bytes = (call) => {
    const made = pyodide.runPython(call);
    const copy = Buffer.from(made.toJs());
    made.destroy();
    return copy;
  };
  output.putFolder("pyodide", {
    "pyodide.mjs": read("pyodide.mjs"),
    "pyodide.asm.mjs": read("pyodide.asm.mjs"),
    "pyodide.asm.wasm": read("pyodide.asm.wasm"),
    "stdlib.zip": bytes(`pack_stdlib("/source.zip", "/lib/python3${minor}.zip/")`),
    // Names no packages: the page asks nobody for any.
    "lock.json": Buffer.from(
      JSON.stringify({ info: JSON.parse(read("pyodide-lock.json").toString()).info, packages: {} }),
    ),
  });
  pyodide.globals.set("library", library);
  output.put("library.zip", bytes("pack_library(library)"));
}
