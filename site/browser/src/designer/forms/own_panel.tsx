import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, IconButton } from "../../editor/parts.tsx";
import type { Designer } from "../designer.ts";
import type { Choices } from "../inspector/choices.ts";
import { Field } from "../inspector/fields.tsx";
import { OWN_TYPES, type OwnEvent, type OwnProperty } from "./own_component.ts";
import { add, type Kind, offer, remove, rename, say } from "./own_edits.ts";
import { addSlot } from "./slot_edits.ts";
import { SlotFields } from "./slot_fields.tsx";

export interface OwnProps {
  readonly designer: Designer;
  readonly choices: Choices;
}

/// What the form is as a component for others: its own properties and events.
export function OwnPanel({ designer, choices }: OwnProps) {
  const [opened, setOpened] = useState("");
  const own = designer.template.value?.own;
  if (!own) return null;
  const more = (kind: Kind): void => {
    const at = add(designer, kind);
    if (at !== null) setOpened(`${kind} ${at}`);
  };
  return (
    <details open class="design-own">
      <summary>As a component</summary>
      <label class="design-check">
        <input
          type="checkbox"
          checked={own.isComponent}
          onChange={(event) => offer(designer, event.currentTarget.checked)}
        />
        Other forms can use it
      </label>
      {own.isComponent && (
        <>
          <h3>Its properties</h3>
          {own.properties.map((property, at) => (
            <Entry
              key={property.key}
              designer={designer}
              kind="properties"
              of={property}
              isNew={opened === `properties ${at}`}
            >
              <PropertyFields designer={designer} property={property} choices={choices} events={own.events} />
            </Entry>
          ))}
          <Add label="Property" onClick={() => more("properties")} />
          <h3>Its events</h3>
          {own.events.map((event, at) => (
            <Entry key={event.key} designer={designer} kind="events" of={event} isNew={opened === `events ${at}`}>
              <EventFields designer={designer} event={event} />
            </Entry>
          ))}
          <Add label="Event" onClick={() => more("events")} />
        </>
      )}
      <h3>Slots that others fill</h3>
      {own.slots.map((slot, at) => (
        // A renamed slot keeps its row.
        <SlotFields key={at} designer={designer} slot={slot} />
      ))}
      <Add label="Slot" onClick={() => addSlot(designer)} />
    </details>
  );
}

function Add({ label, onClick }: { readonly label: string; readonly onClick: () => void }) {
  return (
    <button type="button" class="button quiet small" onClick={onClick}>
      <Icon name="plus" /> {label}
    </button>
  );
}

interface EntryProps {
  readonly designer: Designer;
  readonly kind: Kind;
  readonly of: OwnProperty | OwnEvent;
  /// Just added: its name is to be typed.
  readonly isNew: boolean;
  readonly children: preact.ComponentChildren;
}

function Entry({ designer, kind, of, isNew, children }: EntryProps) {
  const [problem, setProblem] = useState("");
  const name = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isNew) name.current?.select();
  }, [isNew]);
  return (
    <details class="design-entry" open={isNew}>
      <summary>
        <span>{of.name}</span>
        <small>{summaryOf(of)}</small>
      </summary>
      <div class="design-row">
        <span>name</span>
        <input
          ref={name}
          type="text"
          aria-label={`Name of ${of.name}`}
          aria-invalid={problem ? true : undefined}
          spellcheck={false}
          value={of.name}
          onChange={(event) => setProblem(rename(designer, kind, of, event.currentTarget.value.trim()))}
        />
        <IconButton icon="delete" label={`Delete ${of.name}`} onClick={() => remove(designer, kind, of)} />
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {children}
    </details>
  );
}

function summaryOf(of: OwnProperty | OwnEvent): string {
  if ("type" in of) return of.type + (of.default_binding_prop ? ", bound first" : "");
  return of.default_event ? "default" : "";
}

interface PropertyProps extends OwnProps {
  readonly property: OwnProperty;
  readonly events: readonly OwnEvent[];
}

function PropertyFields({ designer, property, choices, events }: PropertyProps) {
  const { name } = property;
  const told = (what: string) => (value: unknown) => say(designer, "properties", property, what, value);
  const shown = {
    name: `default of ${name}`,
    type: OWN_TYPES[property.type] ?? "object",
    default: undefined,
    group: "",
  };
  return (
    <>
      <div class="design-row">
        <span>type</span>
        <select
          aria-label={`Type of ${name}`}
          value={property.type}
          onChange={(event) => told("type")(event.currentTarget.value)}
        >
          {[...new Set([...Object.keys(OWN_TYPES), property.type])].map((type) => (
            <option key={type} value={type}>
              {type}
            </option>
          ))}
        </select>
      </div>
      {property.type === "enum" && (
        <Row label="options">
          <Field
            property={{ name: `options of ${name}`, type: "text[]", default: undefined, group: "" }}
            value={property.options}
            set={told("options")}
            choices={choices}
          />
        </Row>
      )}
      <Row label="default">
        <Field
          property={property.type === "enum" ? { ...shown, of: ["", ...property.options] } : shown}
          value={property.default_value ?? undefined}
          set={told("default_value")}
          choices={choices}
        />
      </Row>
      <Text label="description" of={name} value={property.description} set={told("description")} />
      <Text label="group" of={name} value={property.group} set={told("group")} />
      <Check label="Important: shown first" value={property.important} set={told("important")} />
      <Check label="Bound first" value={property.default_binding_prop} set={told("default_binding_prop")} />
      <Check
        label="Bindings can write back"
        value={property.allow_binding_writeback}
        set={told("allow_binding_writeback")}
      />
      {property.allow_binding_writeback && (
        <Writebacks property={property} events={events} set={told("binding_writeback_events")} />
      )}
    </>
  );
}

/// On which events of the form a binding of the property writes back.
function Writebacks({
  property,
  events,
  set,
}: {
  readonly property: OwnProperty;
  readonly events: readonly OwnEvent[];
  readonly set: (value: unknown) => void;
}) {
  const chosen = property.binding_writeback_events;
  if (events.length === 0) return <p class="console-empty">Add an event: bindings write back when it is raised.</p>;
  return (
    <fieldset>
      <legend>when raised:</legend>
      {events.map(({ name }) => (
        <Check
          key={name}
          label={name}
          value={chosen.includes(name)}
          set={(isOn) => set(isOn ? [...chosen, name] : chosen.filter((other) => other !== name))}
        />
      ))}
    </fieldset>
  );
}

function EventFields({ designer, event }: { readonly designer: Designer; readonly event: OwnEvent }) {
  const told = (what: string) => (value: unknown) => say(designer, "events", event, what, value);
  const written = event.parameters.map(({ name, description }) => (description ? `${name}: ${description}` : name));
  const read = (text: string): unknown => {
    const lines = text.split("\n").filter((line) => line.trim());
    if (lines.length === 0) return undefined;
    return lines.map((line) => {
      const [name = "", ...rest] = line.split(":");
      const description = rest.join(":").trim();
      return { name: name.trim(), ...(description && { description }) };
    });
  };
  return (
    <>
      <Text label="description" of={event.name} value={event.description} set={told("description")} />
      <Row label="parameters">
        <textarea
          rows={2}
          aria-label={`Parameters of ${event.name}, one a line`}
          placeholder="name: what it is"
          value={written.join("\n")}
          onChange={(changed) => told("parameters")(read(changed.currentTarget.value))}
        />
      </Row>
      <Check label="The default event" value={event.default_event} set={told("default_event")} />
      <p class="design-say">
        Raised in code: <code>self.raise_event("{event.name}")</code>
      </p>
    </>
  );
}

function Row({ label, children }: { readonly label: string; readonly children: preact.ComponentChildren }) {
  return (
    <div class="design-row">
      <span>{label}</span>
      {children}
    </div>
  );
}

interface TextProps {
  readonly label: string;
  readonly of: string;
  readonly value: string;
  readonly set: (value: unknown) => void;
}

function Text({ label, of, value, set }: TextProps) {
  return (
    <Row label={label}>
      <input
        type="text"
        aria-label={`${label} of ${of}`}
        value={value}
        onChange={(event) => set(event.currentTarget.value.trim() || undefined)}
      />
    </Row>
  );
}

interface CheckProps {
  readonly label: string;
  readonly value: boolean;
  readonly set: (value: true | undefined) => void;
}

function Check({ label, value, set }: CheckProps) {
  return (
    <label class="design-check">
      <input type="checkbox" checked={value} onChange={(event) => set(event.currentTarget.checked || undefined)} />
      {label}
    </label>
  );
}
