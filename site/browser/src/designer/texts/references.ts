/// Where files of a widget name something of its theme, and those files after it got another name.
import { Template } from "./template.ts";

/// What a theme has that others name.
export type Kind = "color" | "role" | "asset";

/// The text of a file after what it names was renamed; the same text where it names it nowhere.
export function withRenamed(kind: Kind, path: string, text: string, from: string, to: string): string {
  if (kind === "color") return colorRenamed(text, from, to);
  if (kind === "asset") return text.replace(assetPattern(from), (_, scheme: string) => scheme + to);
  const classes = text.replace(rolePattern(from), `anvil-role-${to}`);
  return path.endsWith(".yaml") ? rolesOfParts(classes, from, to) : classes;
}

/// Whether a file names it.
export function names(kind: Kind, path: string, text: string, name: string): boolean {
  // A name that nothing has: whatever becomes another text names it.
  return withRenamed(kind, path, text, name, "widgetry-no-such-name") !== text;
}

/// The first line that names it, from 1.
export function lineNaming(kind: Kind, path: string, text: string, name: string): number {
  const renamed = withRenamed(kind, path, text, name, "widgetry-no-such-name").split("\n");
  return text.split("\n").findIndex((line, at) => line !== renamed[at]) + 1;
}

/// A form's template whose components do without a colour or a role; the same text of whatever else.
export function withoutNamed(kind: Kind, path: string, text: string, name: string): string {
  if (!path.endsWith(".yaml") || !names(kind, path, text, name)) return text;
  try {
    let template = new Template(text);
    for (const { id, properties } of [...template.parts]) {
      for (const [property, value] of Object.entries(properties)) {
        const rest = kind === "role" && property === "role" ? roleWithout(value, name) : value;
        const isIt = kind === "color" && value === `theme:${name}`;
        if (isIt || rest !== value)
          template = template.apply({ op: "set", id, property, value: isIt ? undefined : rest });
      }
    }
    return template.text;
  } catch {
    return text;
  }
}

function roleWithout(role: unknown, name: string): unknown {
  if (role === name) return undefined;
  if (!Array.isArray(role) || !role.includes(name)) return role;
  const rest = role.filter((one) => one !== name);
  return rest.length > 1 ? rest : rest[0];
}

/// As a value ("theme:Primary 500"), as a key in code, and as the variable of styles.
function colorRenamed(text: string, from: string, to: string): string {
  const ended = `(?=['",\\]}\\r\\n]|\\s+#|\\s*$)`;
  const said = new RegExp(`(theme:)${escaped(from)}${ended}`, "g");
  const looked = new RegExp(`(theme_colors\\[\\s*)(['"])${escaped(from)}\\2`, "g");
  const variable = new RegExp(`--anvil-color-${escaped(dashed(from))}(?![A-Za-z0-9_-])`, "g");
  return text
    .replace(said, (_, scheme: string) => scheme + to)
    .replace(looked, (_, before: string, quote: string) => before + quote + to + quote)
    .replace(variable, `--anvil-color-${dashed(to)}`);
}

/// The name may end a text, or be followed by what is no part of a file's name.
function assetPattern(name: string): RegExp {
  return new RegExp(`(asset:|_/theme/)${escaped(name)}(?![\\w.-])`, "g");
}

function rolePattern(name: string): RegExp {
  return new RegExp(`anvil-role-${escaped(name)}(?![\\w-])`, "g");
}

function rolesOfParts(text: string, from: string, to: string): string {
  if (!text.includes(from)) return text;
  try {
    let template = new Template(text);
    for (const { id, properties } of [...template.parts]) {
      const { role } = properties;
      const renamed = Array.isArray(role) ? role.map((one) => (one === from ? to : one)) : to;
      const isNamed = Array.isArray(role) ? role.includes(from) : role === from;
      if (isNamed) template = template.apply({ op: "set", id, property: "role", value: renamed });
    }
    return template.text;
  } catch {
    // No template, or none that can be read.
    return text;
  }
}

function dashed(name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, "-");
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
