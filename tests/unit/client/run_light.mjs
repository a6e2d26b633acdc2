// Runs Python files on the Light engine as it is shipped (the script that the build makes) and prints, as JSON, what
// each of them printed. Arguments: the script, then the files.
import { readFileSync } from "node:fs";
import vm from "node:vm";

const [script, ...files] = process.argv.slice(2);
globalThis.window = globalThis;
vm.runInThisContext(readFileSync(script, "utf8"));
const Sk = globalThis.Sk;
const printed = {};
for (const file of files) {
  printed[file] = "";
  Sk.configure({
    output: (text) => {
      printed[file] += text;
    },
    read: (name) => {
      const found = Sk.builtinFiles.files[name];
      if (found === undefined) throw `File not found: '${name}'`;
      return found;
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
