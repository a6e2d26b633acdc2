import { signal } from "@preact/signals";
import { IconButton } from "../editor/parts.tsx";
import type { Designer } from "./designer.ts";
import { isWide } from "./fields.tsx";
import { helpOf } from "./help.ts";
import type { Property } from "./specs.ts";
import type { Part } from "./template.ts";

/// The property that is pointed at or edited: "Label text".
const told = signal<{ readonly name: string; readonly help: string } | null>(null);

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
  const help = helpOf(part.type, name);
  const tell = (): void => {
    told.value = { name, help };
  };
  return (
    <div
      role="group"
      aria-label={name}
      aria-description={help || undefined}
      class={`design-row${isSet ? " is-set" : ""}${isWide(property) ? " is-wide" : ""}`}
      onFocusIn={tell}
      onPointerEnter={tell}
    >
      <span>{name.replaceAll("_", " ")}</span>
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
  const shown = told.value;
  const help = shown && helpOf(part.type, shown.name);
  return (
    <p class="design-help" aria-hidden="true">
      {help ? (
        <>
          <strong>{shown.name}</strong> {help}
        </>
      ) : (
        "What a property does is said here."
      )}
    </p>
  );
}
