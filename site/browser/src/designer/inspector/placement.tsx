import { breakable } from "../breakable.tsx";
import { type Designer, nameOf } from "../designer.ts";
import { parentOf } from "../places.ts";
import { type Property, specOf } from "../specs.ts";
import { sizeAt } from "../stage/widths.ts";
import type { Part, Template } from "../texts/template.ts";
import { choicesOf } from "./choices.ts";
import { Field } from "./fields.tsx";

/// How what a component is in lays it out, for those who would rather type than pull.
export function Placement({ designer, part }: { readonly designer: Designer; readonly part: Part }) {
  const template = designer.template.value;
  const parent = template && parentOf(template, part);
  const properties = parent ? placesIn(parent, part, designer) : [];
  if (!parent || properties.length === 0) return null;
  const choices = choicesOf(designer, part.type);
  return (
    <details open class="design-placement">
      <summary>In {nameOf(parent)}</summary>
      {properties.map((property) => (
        <div key={`${part.id} ${property.name}`} class={`design-row${property.name in part.layout ? " is-set" : ""}`}>
          <span>{breakable(property.name)}</span>
          <Field
            property={property}
            value={part.layout[property.name]}
            set={(value) => lay(designer, template, part, property.name, value)}
            choices={choices}
          />
        </div>
      ))}
    </details>
  );
}

/// What fills a layout stands in the list of its slot.
function lay(designer: Designer, template: Template | null, part: Part, name: string, value: unknown): void {
  if (name !== "slot" || part.parent !== "" || !template?.layout) designer.lay(part.id, { [name]: value });
  else designer.move([part.id], { parent: "", index: template.root.children.length, layout: { slot: value } });
}

/// The layout properties that count in a container.
function placesIn(parent: Part, part: Part, designer: Designer): readonly Property[] {
  const one = (name: string, type: string, otherwise: unknown): Property => {
    return { name, type, default: otherwise, group: "Layout" };
  };
  switch (parent.type) {
    case "ColumnPanel":
      return [one("full_width_row", "boolean", false), one("row_background", "color", "")];
    case "GridPanel": {
      const size = sizeAt(part.layout, designer.page_px.value);
      return [one("row", "string", ""), one(`col_${size}`, "number", 0), one(`width_${size}`, "number", 12)];
    }
    case "XYPanel":
      return [one("x", "number", 0), one("y", "number", 0), one("width", "number", null)];
    case "FlowPanel":
      return [one("width", "length", ""), one("expand", "boolean", false)];
    case "HtmlTemplate":
      return [one("slot", "string", "default")];
    case "RichText":
      return [one("slot", "string", "")];
    case "DataRowPanel": {
      const columns = designer.columnsFor(parent).map(({ id }) => id);
      return [{ ...one("column", columns.length > 0 ? "enum" : "string", ""), of: ["", ...columns] }];
    }
    default: {
      const { slots } = specOf(parent.type);
      return slots ? [{ ...one("slot", "enum", slots[0]), of: slots }] : [];
    }
  }
}
