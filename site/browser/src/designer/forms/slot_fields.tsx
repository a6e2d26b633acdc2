import { useEffect, useRef, useState } from "preact/hooks";
import { IconButton } from "../../editor/parts.tsx";
import type { Designer } from "../designer.ts";
import { shownSlot } from "../panel.ts";
import { takesOthers } from "../places.ts";
import type { OwnSlot } from "./own_component.ts";
import { removeSlot, renameSlot, sayOfSlot } from "./slot_edits.ts";

interface Props {
  readonly designer: Designer;
  readonly slot: OwnSlot;
}

/// Where what others give to the form goes: with a slot, it is a layout for them.
export function SlotFields({ designer, slot }: Props) {
  const [problem, setProblem] = useState("");
  const entry = useRef<HTMLDetailsElement>(null);
  const isShown = shownSlot.value === slot.name;
  useEffect(() => {
    if (isShown) entry.current?.scrollIntoView({ block: "nearest" });
  }, [isShown]);
  return (
    <details ref={entry} class="design-entry" open={isShown}>
      <summary>
        <span>{slot.name}</span>
        <small>in {slot.target || "the form"}</small>
      </summary>
      <div class="design-row">
        <span>name</span>
        <input
          type="text"
          aria-label={`Name of slot ${slot.name}`}
          aria-invalid={problem ? true : undefined}
          spellcheck={false}
          value={slot.name}
          onChange={(event) => {
            const name = event.currentTarget.value.trim();
            const found = renameSlot(designer, slot, name);
            setProblem(found);
            if (!found && isShown) shownSlot.value = name;
          }}
        />
        <IconButton icon="delete" label={`Delete ${slot.name}`} onClick={() => removeSlot(designer, slot)} />
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {!slot.isInLayout && <Place designer={designer} slot={slot} />}
      <label class="design-check">
        <input
          type="checkbox"
          checked={slot.isForOne}
          onChange={(event) => sayOfSlot(designer, slot, { isForOne: event.currentTarget.checked })}
        />
        For one component
      </label>
    </details>
  );
}

/// In which panel it is, and before what.
function Place({ designer, slot }: Props) {
  const template = designer.template.value;
  const panels = [...(template?.parts ?? [])].filter((part) => part.name && takesOthers(part));
  const inside = template?.part(slot.target)?.children ?? [];
  return (
    <>
      <div class="design-row">
        <span>in</span>
        <select
          aria-label={`Where ${slot.name} is`}
          value={slot.target}
          onChange={(event) => sayOfSlot(designer, slot, { target: event.currentTarget.value, index: -1, layout: {} })}
        >
          <option value="">the form</option>
          {panels.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div class="design-row">
        <span>before</span>
        <select
          aria-label={`What ${slot.name} is before`}
          value={inside[slot.index] ? slot.index : -1}
          onChange={(event) => sayOfSlot(designer, slot, { index: Number(event.currentTarget.value), layout: {} })}
        >
          <option value={-1}>(the end)</option>
          {inside.map(({ id, name, type }, at) => (
            <option key={id} value={at}>
              {name || type}
            </option>
          ))}
        </select>
      </div>
    </>
  );
}
