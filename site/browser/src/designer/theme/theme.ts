/// A theme as it is edited: the colours and roles that theme/parameters.yaml names. Each edit changes no more text than it must.
import { type Path, YamlText } from "../texts/yaml_text.ts";

export const PARAMETERS = "theme/parameters.yaml";

/// A colour that properties name as "theme:Primary 500".
export interface ThemeColor {
  readonly name: string;
  readonly color: string;
}

/// A look that components can be given by name: the class "anvil-role-<name>".
export interface Role {
  readonly name: string;
  /// Types of the components that it is for; none for all.
  readonly components: readonly string[];
}

/// Colours that go together, to choose one of.
export interface Preset {
  readonly name: string;
  readonly options: readonly { readonly name: string; readonly colors: readonly ThemeColor[] }[];
}

/// What a theme begins with where there is none.
export const FIRST_COLORS: readonly ThemeColor[] = [
  { name: "Primary 500", color: "#1f5fd0" },
  { name: "Primary 700", color: "#17479c" },
  { name: "Secondary 500", color: "#0f766e" },
  { name: "Gray 100", color: "#f1f3f5" },
  { name: "Gray 800", color: "#343a42" },
];

const ROLES: Path = ["roles"];

/// Immutable: an edit returns another one.
export class ThemeText {
  readonly #yaml: YamlText;
  readonly #colorsAt: Path;
  readonly colors: readonly ThemeColor[];
  readonly roles: readonly Role[];
  readonly presets: readonly Preset[];

  /// YamlProblem for text that is none.
  constructor(text: string | YamlText) {
    this.#yaml = typeof text === "string" ? new YamlText(text) : text;
    const said = mapping(this.#yaml.value());
    const scheme = said.color_scheme;
    this.#colorsAt = isMapping(scheme) || !("colors" in said) ? ["color_scheme", "colors"] : ["colors"];
    const listed = isMapping(scheme) ? scheme.colors : said.colors;
    this.colors = isMapping(listed)
      ? Object.entries(listed).flatMap(([name, color]) => (typeof color === "string" ? [{ name, color }] : []))
      : list(listed).flatMap(colorOf);
    this.roles = list(said.roles).flatMap(roleOf);
    this.presets = list(mapping(scheme).preset_groups).flatMap(presetOf);
  }

  get text(): string {
    return this.#yaml.text;
  }

  // --- colours

  setColor(name: string, color: string): ThemeText {
    const at = this.#colorAt(name);
    if (at === undefined) return this.#addColor(name, color);
    if (typeof at === "string") return this.#with(this.#yaml.set([...this.#colorsAt, at], color));
    const key = "color" in mapping(this.#listed()[at]) ? "color" : "value";
    return this.#with(this.#yaml.set([...this.#colorsAt, at, key], color));
  }

  setColors(colors: readonly ThemeColor[]): ThemeText {
    return colors.reduce<ThemeText>((theme, { name, color }) => theme.setColor(name, color), this);
  }

  renameColor(from: string, to: string): ThemeText {
    const at = this.#colorAt(from);
    if (typeof at === "number") return this.#with(this.#yaml.set([...this.#colorsAt, at, "name"], to));
    const color = this.colors.find((one) => one.name === from)?.color;
    return color === undefined ? this : this.removeColor(from).setColor(to, color);
  }

  removeColor(name: string): ThemeText {
    const at = this.#colorAt(name);
    if (at === undefined) return this;
    const without = typeof at === "number" ? this.#yaml.remove(this.#colorsAt, at) : null;
    return this.#with(without ?? this.#yaml.without([...this.#colorsAt, at]));
  }

  #addColor(name: string, color: string): ThemeText {
    if (isMapping(this.#said())) return this.#with(this.#yaml.set([...this.#colorsAt, name], color));
    const at = this.#listed().length;
    return this.#with(this.#begun("color_scheme", "  colors: []\n").insert(this.#colorsAt, at, { color, name }));
  }

  /// Its place in the list, or its key where colours are a mapping.
  #colorAt(name: string): number | string | undefined {
    if (isMapping(this.#said())) return this.colors.some((one) => one.name === name) ? name : undefined;
    const at = this.#listed().findIndex((one) => mapping(one).name === name);
    return at < 0 ? undefined : at;
  }

  #said(): unknown {
    return this.#colorsAt.reduce<unknown>((said, key) => mapping(said)[String(key)], this.#yaml.value());
  }

  #listed(): readonly unknown[] {
    return list(this.#said());
  }

  // --- roles

  addRole(name: string, components: readonly string[]): ThemeText {
    const role = components.length > 0 ? { components, name } : { name };
    const at = list(mapping(this.#yaml.value()).roles).length;
    return this.#with(this.#begun("roles", "").insert(ROLES, at, role));
  }

  renameRole(from: string, to: string): ThemeText {
    const at = this.#roleAt(from);
    return at < 0 ? this : this.#with(this.#yaml.set([...ROLES, at, "name"], to));
  }

  /// No types: it is for all.
  setRoleComponents(name: string, components: readonly string[]): ThemeText {
    const at = this.#roleAt(name);
    if (at < 0) return this;
    const path = [...ROLES, at, "components"];
    return this.#with(components.length > 0 ? this.#yaml.set(path, components) : this.#yaml.without(path));
  }

  removeRole(name: string): ThemeText {
    const at = this.#roleAt(name);
    return at < 0 ? this : this.#with(this.#yaml.remove(ROLES, at));
  }

  #roleAt(name: string): number {
    return list(mapping(this.#yaml.value()).roles).findIndex((one) => mapping(one).name === name);
  }

  /// The text with a key of the first level, below which things get lines of their own.
  #begun(key: string, below: string): YamlText {
    const said = mapping(this.#yaml.value());
    if (key in said || (key === "color_scheme" && "colors" in said)) return this.#yaml;
    const { text } = this.#yaml;
    return new YamlText(
      `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${key}:${below ? "\n" : " []\n"}${below}`,
    );
  }

  #with(yaml: YamlText): ThemeText {
    return new ThemeText(yaml);
  }
}

/// Why a colour can't be called so; "" when it can.
export function colorNameProblem(name: string, taken: readonly string[]): string {
  if (!/^[A-Za-z][\w ./+-]*$/.test(name) || name.endsWith(" ")) {
    return "A colour's name begins with a letter and has letters, digits, spaces and _ - . / +";
  }
  return taken.includes(name) ? `There is a ${name} already.` : "";
}

/// Why a role can't be called so; "" when it can.
export function roleNameProblem(name: string, taken: readonly string[]): string {
  if (!/^[A-Za-z_][\w-]*$/.test(name)) return "A role's name has letters, digits, - and _, like outlined-card.";
  return taken.includes(name) ? `There is a ${name} already.` : "";
}

/// "Colour 3", the first that is free.
export function freshName(stem: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) if (!taken.includes(`${stem}${number}`)) return `${stem}${number}`;
}

type Json = Readonly<Record<string, unknown>>;

function colorOf(said: unknown): ThemeColor[] {
  const { name, color, value } = mapping(said);
  const chosen = color || value;
  return typeof name === "string" && typeof chosen === "string" ? [{ name, color: chosen }] : [];
}

function roleOf(said: unknown): Role[] {
  const { name, components } = mapping(said);
  if (typeof name !== "string" || !name) return [];
  return [{ name, components: list(components).filter((one) => typeof one === "string") }];
}

function presetOf(said: unknown): Preset[] {
  const { name, options } = mapping(said);
  if (typeof name !== "string") return [];
  const read = list(options).map((one) => {
    const option = mapping(one);
    return { name: String(option.name ?? ""), colors: list(option.colors).flatMap(colorOf) };
  });
  return [{ name, options: read.filter((one) => one.name && one.colors.length > 0) }];
}

function mapping(said: unknown): Json {
  return isMapping(said) ? said : {};
}

function isMapping(said: unknown): said is Json {
  return typeof said === "object" && said !== null && !Array.isArray(said);
}

function list(said: unknown): readonly unknown[] {
  return Array.isArray(said) ? said : [];
}
