/// components.json as the page needs it: what a component looks like before anything is set.
import listed from "../../../client/components.json" with { type: "json" };

interface Property {
  readonly type: string;
  readonly default: unknown;
}

interface Listed {
  readonly groups: readonly string[];
  readonly properties: Readonly<Record<string, Property>>;
}

const groups: Readonly<Record<string, Readonly<Record<string, Property>>>> = listed.groups;
const components: Readonly<Record<string, Listed>> = listed.components;

/// Defaults that draw something, by component.
export const DRAWN_DEFAULTS: Readonly<Record<string, readonly (readonly [string, unknown])[]>> = Object.fromEntries(
  Object.entries(components).map(([name, spec]) => {
    const all = Object.assign({}, ...spec.groups.map((group) => groups[group]), spec.properties) as Record<
      string,
      Property
    >;
    const drawn = Object.entries(all).map(([property, { default: value }]) => [property, value] as const);
    return [
      name,
      drawn.filter(([property, value]) => Boolean(value) && property !== "visible" && property !== "enabled"),
    ];
  }),
);
