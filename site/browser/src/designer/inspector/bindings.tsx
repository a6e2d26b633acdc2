import { IconButton } from "../../editor/parts.tsx";
import type { Binding } from "../../gui/app.ts";
import type { Designer } from "../designer.ts";
import type { Spec } from "../specs.ts";
import type { Part } from "../texts/template.ts";

interface Props {
  readonly designer: Designer;
  readonly part: Part;
  readonly spec: Spec;
}

/// What is shown when people may type into it, so that it can be written back.
const TYPED: ReadonlySet<string> = new Set(["text", "checked", "selected", "selected_value", "date"]);

/// The properties that follow an expression of the form's, like `self.item["name"]`.
export function Bindings({ designer, part, spec }: Props) {
  const bound = new Set(part.bindings.map(({ property }) => property));
  // What has no value that could be written here, and comes from the form: whatever code keeps with a component.
  const names = [...spec.properties.map(({ name }) => name), "tag"];
  const first = names.filter((name) => name === spec.default_binding);
  const offered = [...new Set([...first, ...names])].filter((name) => !bound.has(name));
  const change = (bindings: readonly Binding[]) => designer.setBindings(part.id, bindings);
  return (
    <details open={part.bindings.length > 0} class="design-bindings">
      <summary>Data bindings</summary>
      {part.bindings.map((binding) => (
        <BindingRow
          key={binding.property}
          binding={binding}
          change={(next) => change(part.bindings.flatMap((one) => (one === binding ? (next ? [next] : []) : [one])))}
        />
      ))}
      {offered.length > 0 && (
        <select
          aria-label="Bind a property"
          value=""
          onChange={(event) => {
            const property = event.currentTarget.value;
            event.currentTarget.value = "";
            if (property) change([...part.bindings, { property, code: 'self.item["…"]', writeback: false }]);
          }}
        >
          <option value="">Bind a property…</option>
          {offered.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </details>
  );
}

function BindingRow({
  binding,
  change,
}: {
  readonly binding: Binding;
  readonly change: (next: Binding | null) => void;
}) {
  const { property } = binding;
  return (
    <div class="design-row is-set">
      <span>{property}</span>
      <span class="design-binding">
        <input
          type="text"
          class="mono"
          aria-label={`Expression for ${property}`}
          value={binding.code}
          spellcheck={false}
          onChange={(event) => change({ ...binding, code: event.currentTarget.value.trim() || "None" })}
        />
        {TYPED.has(property) && (
          <label>
            <input
              type="checkbox"
              checked={binding.writeback}
              onChange={(event) => change({ ...binding, writeback: event.currentTarget.checked })}
            />{" "}
            write back
          </label>
        )}
      </span>
      <IconButton icon="close" label={`Bind ${property} no more`} onClick={() => change(null)} />
    </div>
  );
}
