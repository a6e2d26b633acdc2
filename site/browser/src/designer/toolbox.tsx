import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import { breakable } from "./breakable.tsx";
import type { Designer } from "./designer.ts";
import { className } from "./forms/form_place.ts";
import { contains } from "./forms/widget_forms.ts";
import { iconOf, TOOLBOX } from "./specs.ts";
import type { Drag } from "./stage/drag.ts";

interface Props {
  readonly designer: Designer;
  readonly drag: Drag;
}

/// What can be put onto the form: dragged, or put behind what is selected by Enter or a double click.
export function Toolbox({ designer, drag }: Props) {
  const [wanted, setWanted] = useState("");
  const tools = useRef<HTMLElement>(null);
  useEffect(() => (tools.current ? drag.guard(tools.current) : undefined), [drag]);
  const offers = designer.offers.value;
  const groups = [
    ...TOOLBOX,
    ...ownTools(designer),
    { title: "Server functions", types: [...offers.keys()].filter((type) => type.startsWith("call:")) },
    { title: "Tables", types: [...offers.keys()].filter((type) => type.startsWith("table:")) },
  ];
  const shown = groups
    .map(({ title, types }) => ({ title, types: types.filter((type) => isWanted(type, wanted)) }))
    .filter(({ types }) => types.length > 0);
  return (
    <section ref={tools} class="design-toolbox" aria-label="Toolbox">
      <input
        type="search"
        placeholder="Find a component"
        aria-label="Find a component"
        value={wanted}
        title="Enter puts the first one onto the form"
        onInput={(event) => setWanted(event.currentTarget.value)}
        onKeyDown={(event) => {
          const first = shown[0]?.types[0];
          if (event.key !== "Enter" || !first) return;
          event.preventDefault();
          designer.insert(first);
          // Who goes on with it has its keys at once; "/" leads back.
          setWanted("");
          event.currentTarget.closest(".design-pane")?.querySelector<HTMLElement>(".design-overlay")?.focus();
        }}
      />
      {shown.length === 0 && <p class="console-empty">No component is called {wanted}.</p>}
      {shown.map(({ title, types }) => (
        <div key={title}>
          <h2>{title}</h2>
          <div class="design-tools">
            {types.map((type) => (
              <Tool key={type} type={type} designer={designer} drag={drag} />
            ))}
          </div>
        </div>
      ))}
    </section>
  );
}

/// The widget's own forms: those that are components first. What this form is in can't go into it.
function ownTools(designer: Designer): readonly { readonly title: string; readonly types: readonly string[] }[] {
  const templates = designer.templates.value;
  const all = [...templates].filter(([name]) => !contains(name, designer.form.name, templates));
  const typed = (isComponent: boolean) =>
    all.filter(([, { own }]) => own.isComponent === isComponent).map(([name]) => `form:${name}`);
  const groups = [
    { title: "Components of this widget", types: typed(true) },
    { title: "Forms of this widget", types: typed(false) },
  ];
  return groups.filter(({ types }) => types.length > 0);
}

function Tool({ type, designer, drag }: { readonly type: string } & Props) {
  const put = () => designer.insert(type);
  const offer = designer.offers.value.get(type);
  return (
    <button
      type="button"
      class="design-tool"
      title={`${offer?.title ?? labelOf(type)}: drag it onto the form, or press Enter`}
      onPointerDown={(event) => drag.begin(event, { type }, { isSideways: true })}
      onDblClick={put}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        put();
      }}
    >
      <Icon name={offer?.icon ?? iconOf(type)} />
      <span>{breakable(labelOf(type))}</span>
    </button>
  );
}

function labelOf(type: string): string {
  return type.startsWith("form:") ? className(type.slice("form:".length)) : type.replace(/^(?:call|table):/, "");
}

function isWanted(type: string, wanted: string): boolean {
  return labelOf(type).toLowerCase().includes(wanted.trim().toLowerCase());
}
