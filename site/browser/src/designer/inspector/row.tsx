import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { IconButton } from "../../editor/parts.tsx";
import { breakable } from "../breakable.tsx";
import type { Designer } from "../designer.ts";
import { type Property, specOf } from "../specs.ts";
import type { Part } from "../texts/template.ts";
import { isWide } from "./fields.tsx";

/// What each property does. Its words come behind the fields, which do not wait for them.
const helpOf = signal<(type: string, name: string) => string>(() => "");

function loadHelp(): void {
  void import("./help.ts").then((help) => {
    helpOf.value = help.helpOf;
  });
}

/// The name of the property that is pointed at or edited.
const told = signal("");

/// A property's name and its editor; what it does is said below while it is pointed at or edited.
export function Row({
  designer,
  part,
  property,
  children,
}: {
  readonly designer: Designer;
  readonly part: Part;
  readonly property: Property;
  readonly children: preact.ComponentChildren;
}) {
  const { name } = property;
  const isSet = name in part.properties;
  const help = property.help ?? helpOf.value(part.type, name);
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Who does not see the line below hears it with the editor.
    for (const field of row.current?.querySelectorAll("input, select, textarea") ?? []) field.ariaDescription = help;
  });
  const tell = (): void => {
    told.value = name;
  };
  return (
    <div
      ref={row}
      class={`design-row${isSet ? " is-set" : ""}${isWide(property) ? " is-wide" : ""}`}
      onFocusIn={tell}
      onPointerEnter={tell}
    >
      <span>{breakable(name)}</span>
      {children}
      {isSet && (
        <IconButton
          icon="close"
          label={`${name}: as by default`}
          onClick={() => designer.set(part.id, name, undefined)}
        />
      )}
    </div>
  );
}

/// What the property does that is pointed at or edited.
export function Help({ part }: { readonly part: Part }) {
  useEffect(loadHelp, []);
  const shown = told.value;
  const property = specOf(part.type).properties.find(({ name }) => name === shown);
  const help = property && (property.help ?? helpOf.value(part.type, shown));
  return (
    <p class="design-help" aria-hidden="true">
      {help ? (
        <>
          <strong>{shown}</strong> {help}
        </>
      ) : (
        "What a property does is said here."
      )}
    </p>
  );
}
