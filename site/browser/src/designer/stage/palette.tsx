import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../../editor/parts.tsx";
import type { Rect } from "../../gui/design/messages.ts";
import type { Designer } from "../designer.ts";
import { choicesOf } from "../inspector/choices.ts";
import { Field } from "../inspector/fields.tsx";
import { type Property, specOf } from "../specs.ts";
import type { Part } from "../texts/template.ts";
import { scaled } from "./overlay.tsx";

/// What people set first, by kind.
const MAIN: Readonly<Record<string, readonly string[]>> = {
  Label: ["text", "bold"],
  Button: ["text", "role"],
  Link: ["text", "url"],
  CheckBox: ["text", "checked"],
  RadioButton: ["text", "selected"],
  TextBox: ["placeholder", "hide_text"],
  TextArea: ["placeholder"],
  DropDown: ["placeholder", "include_placeholder"],
  DatePicker: ["placeholder", "pick_time"],
  FileLoader: ["text", "multiple"],
  Image: ["source", "display_mode"],
  RepeatingPanel: ["item_template"],
  FlowPanel: ["align", "spacing"],
  ColumnPanel: ["col_spacing", "wrap_on"],
  XYPanel: ["width", "height"],
  Timer: ["interval"],
  DataGrid: ["rows_per_page", "show_page_controls"],
  Spacer: ["height"],
  YouTubeVideo: ["youtube_id"],
};

/// Beside what is selected: its name, its main properties, and the way to what it does.
export function Palette({ designer, at }: { readonly designer: Designer; readonly at: Rect }) {
  const part = designer.part.value;
  const [left, top, width, height] = scaled(at, designer.zoom.level.value);
  const paper_px = designer.page_px.value * designer.zoom.level.value;
  // What would reach beyond the right side begins there.
  const isRight = left > paper_px / 2;
  const group = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { current: drawn } = group;
    // What would still reach beyond a side of the paper keeps to it.
    if (drawn)
      drawn.style.translate = `${Math.max(Math.min(0, paper_px - drawn.offsetLeft - drawn.offsetWidth), -drawn.offsetLeft)}px`;
  });
  if (!part) return null;
  const { default_event: event } = specOf(part.type);
  const place = isRight ? { right: `${paper_px - left - width}px` } : { left: `${left}px` };
  return (
    <div
      ref={group}
      class={`design-palette${top < 34 ? " below" : ""}`}
      style={{ ...place, top: top < 34 ? `${top + height}px` : `${top}px` }}
      role="group"
      aria-label={`Main properties of ${part.name || part.type}`}
      onPointerDown={(pressed) => pressed.stopPropagation()}
      onDblClick={(pressed) => pressed.stopPropagation()}
    >
      <strong>{part.name || part.type}</strong>
      {mainOf(part).map((property) => (
        <PaletteField key={`${part.id} ${property.name}`} designer={designer} part={part} property={property} />
      ))}
      {event && (
        <button type="button" class="button small" onClick={() => designer.handle(part.id, event)}>
          on {event} <Icon name="right" />
        </button>
      )}
      {designer.rowsOf(part.id) !== null && (
        <button type="button" class="button small" onClick={() => designer.enter(part.id)}>
          draw its rows <Icon name="right" />
        </button>
      )}
    </div>
  );
}

/// Its main properties that are not bound to data.
function mainOf(part: Part): readonly Property[] {
  const { properties } = specOf(part.type);
  const bound = new Set(part.bindings.map(({ property }) => property));
  return (MAIN[part.type] ?? []).flatMap((name) => {
    const found = properties.find((property) => property.name === name);
    return found && !bound.has(name) ? [found] : [];
  });
}

function PaletteField({
  designer,
  part,
  property,
}: {
  readonly designer: Designer;
  readonly part: Part;
  readonly property: Property;
}) {
  const choices = choicesOf(designer, part.type, true);
  return (
    <span class="design-palette-field" title={property.name}>
      {property.type === "boolean" && <span aria-hidden="true">{property.name.replaceAll("_", " ")}</span>}
      <Field
        property={property}
        value={part.properties[property.name]}
        set={(value) => designer.set(part.id, property.name, value)}
        choices={choices}
      />
    </span>
  );
}
