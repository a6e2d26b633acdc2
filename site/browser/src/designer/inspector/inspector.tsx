import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { Icon, IconButton } from "../../editor/parts.tsx";
import type { Designer } from "../designer.ts";
import { panel } from "../panel.ts";
import { groupsOf, specOf } from "../specs.ts";
import type { Part } from "../texts/template.ts";
import { Bindings } from "./bindings.tsx";
import { type Choices, choicesOf } from "./choices.ts";
import { Field } from "./fields.tsx";
import { InspectorOfMany } from "./inspector_many.tsx";
import { Placement } from "./placement.tsx";
import { useLater } from "./popup.tsx";
import { Help, Row } from "./row.tsx";

interface Props {
  readonly designer: Designer;
  readonly paths: readonly string[];
  /// Methods of the form, which events may call.
  readonly methods: readonly string[];
  /// Whether the form has no others.
  readonly isWhole: boolean;
}

/// Groups that are open until somebody closes them.
const OPEN: ReadonlySet<string> = new Set(["Content", "Text", "Behaviour"]);

/// What is selected: its name, its properties by group, and at the end all its events.
export function Inspector(props: Props) {
  const { designer } = props;
  const part = designer.part.value;
  if (panel.value === "theme") return <Theme designer={designer} />;
  if (!part) return <section class="design-inspector" aria-label="Properties" />;
  const template = designer.template.value;
  const many = designer.selection.all.value.flatMap((id) => template?.part(id) ?? []);
  if (many.length > 1) {
    const isOne = many.every(({ type }) => type === part.type);
    return <InspectorOfMany designer={designer} parts={many} choices={choicesOf(designer, isOne ? part.type : "")} />;
  }
  const choices = choicesOf(designer, part.type);
  const spec = specOf(part.type);
  const bound = new Map(part.bindings.map((binding) => [binding.property, binding]));
  return (
    <section class="design-inspector" aria-label="Properties">
      <Head designer={designer} part={part} />
      {part.id === "" && <FormPanel designer={designer} choices={choices} />}
      {groupsOf(spec).map((group) => {
        const all = spec.properties.filter((property) => property.group === group);
        if (all.length === 0) return null;
        return (
          <details key={`${part.type} ${group}`} open={OPEN.has(group)}>
            <summary>{group}</summary>
            {all.map((property) => (
              <Row key={`${part.id} ${property.name}`} designer={designer} part={part} property={property}>
                {bound.has(property.name) ? (
                  <code title="A data binding sets it">{bound.get(property.name)?.code}</code>
                ) : (
                  <Field
                    property={property}
                    value={part.properties[property.name]}
                    set={(value) => designer.set(part.id, property.name, value)}
                    choices={choices}
                  />
                )}
              </Row>
            ))}
          </details>
        );
      })}
      {spec.properties.length === 0 && <p class="console-empty">{unknown(part)}</p>}
      <Placement designer={designer} part={part} />
      {part.id !== "" && <Bindings designer={designer} part={part} spec={spec} />}
      <Events {...props} part={part} events={spec.events} />
      <Help part={part} />
    </section>
  );
}

/// The widget's theme, whose editor is loaded when somebody asks for it.
function Theme({ designer }: { readonly designer: Designer }) {
  const [loaded, load] = useLater(() => import("../theme/theme_panel.tsx"));
  useEffect(load, []);
  return loaded ? (
    <loaded.ThemePanel look={designer.look} />
  ) : (
    <section class="design-inspector" aria-label="Theme" aria-busy="true" />
  );
}

/// The form as a whole, which is loaded when it is selected.
function FormPanel(props: { readonly designer: Designer; readonly choices: Choices }) {
  const [loaded, load] = useLater(() => import("../forms/form_panel.tsx"));
  useEffect(load, []);
  return loaded && <loaded.FormPanel {...props} />;
}

function Head({ designer, part }: { readonly designer: Designer; readonly part: Part }) {
  const [name, setName] = useState(part.name);
  const [problem, setProblem] = useState("");
  // Before the browser draws, as in useTyped.
  useLayoutEffect(() => {
    setName(part.name);
    setProblem("");
  }, [part.name, part.id]);
  const take = (): void => setProblem(designer.rename(part.id, name));
  if (part.id === "") return null;
  return (
    <header>
      <label>
        <span>name</span>
        <input
          type="text"
          value={name}
          spellcheck={false}
          aria-invalid={problem ? true : undefined}
          onInput={(event) => setName(event.currentTarget.value)}
          onChange={take}
        />
      </label>
      <p>
        <TypeName type={part.type} />
        <IconButton icon="copy" label={`Duplicate ${part.name}`} onClick={() => designer.duplicate([part.id])} />
        <IconButton icon="delete" label={`Delete ${part.name}`} onClick={() => designer.remove([part.id])} />
      </p>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </header>
  );
}

function Events({
  designer,
  methods,
  isWhole,
  part,
  events,
}: Props & { readonly part: Part; readonly events: readonly string[] }) {
  const all = [...new Set([...events, ...Object.keys(part.events)])];
  return (
    <details open class="design-events">
      <summary>Events</summary>
      {Object.keys(part.events).length === 0 && (
        <p class="hint">Nothing happens yet: + writes a method for an event, and goes to it.</p>
      )}
      {all.map((event) => {
        const handler = part.events[event] ?? "";
        const isMissing = handler !== "" && isWhole && !methods.includes(handler);
        const act = handler && !isMissing ? `Go to ${handler}` : `Write a method for ${event}`;
        return (
          <div key={event} class={`design-row${handler ? " is-set" : ""}`}>
            <span>{event}</span>
            <input
              type="text"
              aria-label={`Method for ${event}`}
              value={handler}
              aria-invalid={isMissing ? true : undefined}
              aria-describedby={isMissing ? `missing-${event}` : undefined}
              list="design-methods"
              placeholder="none"
              spellcheck={false}
              onChange={({ currentTarget: field }) => {
                designer.bind(part.id, event, field.value.trim());
                // As it is, where that could not be.
                field.value = designer.template.value?.part(part.id)?.events[event] ?? "";
              }}
            />
            <button
              type="button"
              class="button quiet small icon-only"
              title={act}
              aria-label={act}
              onClick={() => designer.handle(part.id, event)}
            >
              <Icon name={handler && !isMissing ? "right" : "plus"} />
            </button>
            {isMissing && (
              <p id={`missing-${event}`} class="problem">
                The code has no method {handler}.
              </p>
            )}
          </div>
        );
      })}
      <datalist id="design-methods">
        {methods.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </details>
  );
}

/// Why nothing is known of it.
function unknown({ id, type }: Part): string {
  const form = /^form:([^:]+)$/.exec(type)?.[1];
  if (!form) return "Its properties are set in code.";
  const otherwise = id === "" ? "name another layout in the form's text" : "delete this";
  return `This widget has no form ${form}: make one of that name, or ${otherwise}.`;
}

/// What it is; those of the library lead to their page of the reference.
function TypeName({ type }: { readonly type: string }) {
  if (type.startsWith("form:")) return <span>{type.slice("form:".length)}</span>;
  return (
    <a href={`/docs/components#${type}`} target="_blank" rel="noopener" title={`What a ${type} has, with an example`}>
      {type}
    </a>
  );
}
