// The icons that GUI widgets can have by name, with words to find them by; read from the packages that draw them.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Words beside an icon's name: more make the list larger than finding them is worth. */
const WORDS = 5;

/** {fa, mi}: a line for each icon, its name first. Names of Font Awesome are those that the class "fa" draws. */
export function iconNames(modules) {
  const awesome = join(modules, "@fortawesome/fontawesome-free");
  const families = JSON.parse(readFileSync(join(awesome, "metadata/icon-families.json"), "utf8"));
  const lines = new Map();
  for (const [name, icon] of Object.entries(families)) {
    const isSolid = icon.familyStylesByLicense.free.some(({ style }) => style === "solid");
    if (isSolid) lines.set(name, [name, ...words(name, icon)].join(" "));
  }
  // Brands, and icons in outline, are drawn by their names of version 4.
  const shims = readFileSync(join(awesome, "css/v4-shims.css"), "utf8");
  for (const [, name, rule] of shims.matchAll(/\.fa\.fa-([\w-]+)\s*\{([^}]*)\}/g)) {
    if (rule.includes("font-family") && !lines.has(name)) {
      lines.set(name, [name, ...(families[name] ? words(name, families[name]) : [])].join(" "));
    }
  }
  const material = JSON.parse(readFileSync(join(modules, "material-icons/_data/versions.json"), "utf8"));
  return { fa: [...lines.values()].sort().join("\n"), mi: Object.keys(material).sort().join("\n") };
}

function words(name, icon) {
  const known = new Set(name.split("-"));
  const all = icon.search.terms.flatMap((term) => term.toLowerCase().split(/\s+/));
  return [...new Set(all)].filter((word) => /^[a-z0-9-]+$/.test(word) && !known.has(word)).slice(0, WORDS);
}
