import { useEffect, useRef } from "preact/hooks";
import { IconButton } from "../../editor/parts.tsx";
import type { Designer } from "../designer.ts";
import { ORDER, type Property, specOf } from "../specs.ts";
import type { Part } from "../texts/template.ts";
import type { Choices } from "./choices.ts";
import { Field, isWide } from "./fields.tsx";

interface Props {
  readonly designer: Designer;
  readonly parts: readonly Part[];
  readonly choices: Choices;
}

/// What several components have in common: a value is set for all of them, in one step.
export function InspectorOfMany({ designer, parts, choices }: Props) {
  const ids = parts.map(({ id }) => id);
  const shared = sharedProperties(parts);
  return (
    <section class="design-inspector" aria-label="Properties">
      <header>
        <h2>{parts.length} components</h2>
        <p>
          <span>{kindsOf(parts)}</span>
          <IconButton
            icon="copy"
            label={`Duplicate ${parts.length} components`}
            onClick={() => designer.duplicate(ids)}
          />
          <IconButton icon="delete" label={`Delete ${parts.length} components`} onClick={() => designer.remove(ids)} />
        </p>
      </header>
      {shared.length === 0 && <p class="console-empty">They have no property in common.</p>}
      {ORDER.map((group) => {
        const all = shared.filter((property) => property.group === group);
        if (all.length === 0) return null;
        return (
          <details key={group} open>
            <summary>{group}</summary>
            {all.map((property) => (
              <SharedRow
                key={`${ids.join(" ")} ${property.name}`}
                property={property}
                parts={parts}
                choices={choices}
                set={(value) => designer.setAll(ids, property.name, value)}
              />
            ))}
          </details>
        );
      })}
    </section>
  );
}

interface RowProps {
  readonly property: Property;
  readonly parts: readonly Part[];
  readonly choices: Choices;
  readonly set: (value: unknown) => void;
}

const MIXED = "mixed";

function SharedRow({ property, parts, choices, set }: RowProps) {
  const row = useRef<HTMLDivElement>(null);
  const values = parts.map((part) => part.properties[property.name]);
  const isMixed = new Set(values.map((value) => JSON.stringify(value ?? property.default))).size > 1;
  const isSet = values.some((value) => value !== undefined);
  useEffect(() => {
    for (const field of row.current?.querySelectorAll("input, textarea") ?? []) {
      if (field instanceof HTMLInputElement && field.type === "checkbox") field.indeterminate = isMixed;
      else field.setAttribute("placeholder", isMixed ? MIXED : "");
    }
  });
  return (
    <div ref={row} class={`design-row${isSet ? " is-set" : ""}${isWide(property) ? " is-wide" : ""}`}>
      <span>
        {property.name}
        {isMixed && <em> {MIXED}</em>}
      </span>
      <Field
        property={isMixed ? unsaid(property) : property}
        value={isMixed ? undefined : values[0]}
        // A field that shows nothing has nothing to set back.
        set={(value) => (isMixed && value === undefined ? undefined : set(value))}
        choices={choices}
      />
      {isSet && <IconButton icon="close" label={`${property.name}: as by default`} onClick={() => set(undefined)} />}
    </div>
  );
}

/// A property whose field says that it shows no one's value.
function unsaid(property: Property): Property {
  return { ...property, default: property.type === "enum" ? MIXED : undefined };
}

/// Properties that all of them have.
export function sharedProperties(parts: readonly Part[]): readonly Property[] {
  const [first, ...rest] = parts.map((part) => specOf(part.type).properties);
  return (first ?? []).filter((property) =>
    rest.every((all) => all.some(({ name, type }) => name === property.name && type === property.type)),
  );
}

function kindsOf(parts: readonly Part[]): string {
  const counts = new Map<string, number>();
  for (const { type } of parts) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => `${count} × ${type.replace(/^form:/, "")}`).join(", ");
}
