// Runs Python files on the Light engine as it is shipped (the script that the build makes) and prints, as JSON, what
// each of them printed. Arguments: its scripts with commas between them, then the files.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const [scripts, ...files] = process.argv.slice(2);
globalThis.window = globalThis;
for (const script of scripts.split(",")) vm.runInThisContext(readFileSync(script, "utf8"));
const Sk = globalThis.Sk;
const printed = {};
for (const file of files) {
  printed[file] = "";
  Sk.configure({
    output: (text) => {
      printed[file] += text;
    },
    read: (name) => {
      if (!(name in globalThis.$lightModules)) throw `File not found: '${name}'`;
      return `var $builtinmodule = $lightModules[${JSON.stringify(name)}]();`;
    },
    __future__: Sk.python3,
  });
  try {
    const source = readFileSync(file, "utf8");
    await Sk.misceval.asyncToPromise(() => Sk.importMainWithBody("main", false, source, true));
  } catch (error) {
    printed[file] += `${error} ${JSON.stringify(error.traceback ?? error.stack)}`;
  }
}
process.stdout.write(JSON.stringify(printed));
