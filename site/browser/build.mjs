// Bundle the islands, the styles, the font and the icons into the folder named by the first argument.
// Output names carry a hash of their content; manifest.json says which is which.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { buildEngines } from "./engines/build.mjs";
import { iconNames } from "./src/icon_names.mjs";
import { ICONS } from "./src/icons.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const output = process.argv[2] ?? join(here, "..", "widget_site", "static", "browser");

/** One SVG of <symbol>s from lucide's files; `kind-…` and the rest are named in src/icons.mjs. */
function sprite() {
  const symbols = Object.entries(ICONS).map(([name, lucide]) => {
    const svg = readFileSync(join(here, "node_modules/lucide-static/icons", `${lucide}.svg`), "utf8");
    const inside = svg.replace(/<!--.*?-->\s*/s, "").match(/<svg[^>]*>([\s\S]*)<\/svg>/);
    if (!inside) throw new Error(`the icon ${lucide} is not an svg`);
    return `<symbol id="${name}" viewBox="0 0 24 24">${inside[1].replace(/\s*\n\s*/g, "")}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC -->${symbols.join("")}</svg>`;
}

rmSync(output, { recursive: true, force: true });
mkdirSync(output, { recursive: true });

// The icons of GUI widgets: a page fetches the styles when it draws its first icon, so its script knows their name.
const icons = await esbuild.build({
  absWorkingDir: here,
  entryPoints: ["src/styles/gui_icons.css"],
  outdir: output,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  metafile: true,
  logLevel: "warning",
  loader: { ".woff2": "file", ".woff": "empty" },
  target: ["chrome123", "firefox120", "safari17.5"],
});
const iconStyles = Object.keys(icons.metafile.outputs).find((file) => file.endsWith(".css"));

/** The names of those icons, for who chooses one: the module "icon-names". */
const iconNamesModule = {
  name: "icon-names",
  setup(build) {
    build.onResolve({ filter: /^icon-names$/ }, ({ path }) => ({ path, namespace: "made" }));
    build.onLoad({ filter: /^icon-names$/, namespace: "made" }, () => ({
      contents: JSON.stringify(iconNames(join(here, "node_modules"))),
      loader: "json",
    }));
  },
};

/**
 * The package js-yaml is one file that makes schemas and options while it loads, which keeps all that reads or writes by
 * them. The designer's reader takes its events alone: said to do nothing else, the rest is left out.
 */
const yamlByParts = {
  name: "yaml-by-parts",
  setup(build) {
    build.onLoad({ filter: /js-yaml\.mjs$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(
        /^(?:const|let|var) (\w+) = (?![-\d"'/])([\s\S]*?);\n(?=[A-Za-z/])/gm,
        "const $1 = /* @__PURE__ */ (() => ($2))();\n",
      ),
    }));
  },
};

const result = await esbuild.build({
  absWorkingDir: here,
  entryPoints: [
    "src/shell/site.ts",
    "src/shell/theme.ts",
    "src/shell/api_docs.ts",
    "src/shell/run_output.ts",
    "src/shell/form_pictures.ts",
    "src/shell/component_docs.ts",
    "src/editor/editor.tsx",
    "src/gui/page.ts",
    "src/gui/design/design_page.ts",
    "src/run/run_card.tsx",
    "src/runs/run_log.ts",
    "src/tables/tables.tsx",
    "src/styles/site.css",
    "src/styles/api_docs.css",
    "src/styles/editor.css",
    "src/styles/design_canvas.css",
    "src/styles/gui.css",
    "src/styles/tables.css",
  ],
  outdir: output,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  sourcemap: "linked",
  metafile: true,
  legalComments: "linked",
  logLevel: "warning",
  loader: { ".woff2": "file", ".py": "text", ".html": "text" },
  plugins: [iconNamesModule, yamlByParts],
  define: { ICON_STYLES: JSON.stringify(basename(iconStyles)) },
  jsx: "automatic",
  jsxImportSource: "preact",
  // The baseline of light-dark(), which esbuild does not lower.
  target: ["chrome123", "firefox120", "safari17.5"],
});

// Sandboxed frames have no origin, so they can't load modules: each is one classic script.
const frames = await esbuild.build({
  absWorkingDir: here,
  entryPoints: [
    "src/frames/html_frame.ts",
    "src/frames/figure_frame.ts",
    "src/styles/frame.css",
    // Not a frame, but a classic script, too: each widget's host serves it.
    "src/gui/offline_worker.ts",
  ],
  outdir: output,
  entryNames: "[name]-[hash]",
  bundle: true,
  format: "iife",
  minify: true,
  metafile: true,
  logLevel: "warning",
  target: ["chrome123", "firefox120", "safari17.5"],
});

const name = (file) => relative(output, join(here, file)).replaceAll("\\", "/");
const manifest = {};
for (const [file, made] of Object.entries({ ...result.metafile.outputs, ...frames.metafile.outputs })) {
  if (made.entryPoint) {
    const preload = made.imports.filter((item) => item.kind === "import-statement").map((item) => name(item.path));
    manifest[made.entryPoint.replace(/^src\/[a-z]+\//, "")] = { file: name(file), preload };
  }
  if (file.endsWith(".woff2")) manifest["mono.woff2"] = { file: name(file), preload: [] };
}

/** Write a file of our own under a name with its hash. */
function put(stem, text) {
  const file = stem.replace(".", `-${createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase()}.`);
  writeFileSync(join(output, file), text);
  manifest[stem] = { file, preload: [] };
}
put("icons.svg", sprite());
put("plotly.js", readFileSync(join(here, "node_modules/plotly.js-strict-dist-min/plotly-strict.min.js"), "utf8"));
put("favicon.svg", readFileSync(join(here, "src/favicon.svg"), "utf8"));
await buildEngines(output, manifest, here);
writeFileSync(join(output, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
