// What of the anvil library (the MIT package anvil-uplink, pinned in sandbox_images) the page takes as it is: the
// classes of Data Tables. build_hook.py has fetched it; nothing of it is in this repository.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FILES = [
  "_base_classes",
  "_errors",
  "_helpers",
  "query",
  "v2/__init__",
  "v2/_app_tables",
  "v2/_batcher",
  "v2/_constants",
  "v2/_load_hacks",
  "v2/_model",
  "v2/_refs",
  "v2/_row",
  "v2/_search",
  "v2/_table",
  "v2/_utils",
];

/** Name → source of the files taken; `browser` is site/browser. */
export function uplinkLibrary(browser) {
  const folder = join(browser, ".anvil-uplink");
  if (!existsSync(folder))
    throw new Error(`${folder} is missing: \`uv sync --reinstall-package widgetry\` fetches it.`);
  return Object.fromEntries(
    FILES.map((name) => [`anvil/tables/${name}.py`, readFileSync(join(folder, `anvil/tables/${name}.py`), "utf8")]),
  );
}
