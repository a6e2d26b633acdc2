import { useState } from "preact/hooks";
import { useTyped } from "../../editor/typed.ts";
import { isLength, type Sides, sidesOf, sidesValue } from "./editors.ts";

const NAMES = ["top", "right", "bottom", "left"] as const;

interface Props {
  /// "margin"
  readonly label: string;
  readonly value: unknown;
  readonly set: (value: unknown) => void;
  readonly children?: preact.ComponentChildren;
}

/// Four lengths around what is inside; pressing its name makes all sides one.
export function SidesField({ label, value, set, children }: Props) {
  const sides = sidesOf(value);
  const [isLinked, setLinked] = useState(sides[0] !== "" && new Set(sides).size === 1);
  const change = (at: number, typed: string): void => {
    const next = sides.map((side, other) => (isLinked || other === at ? typed : side)) as unknown as Sides;
    set(sidesValue(next));
  };
  return (
    <div class={`design-sides ${label}`} role="group" aria-label={label}>
      <button
        type="button"
        class="button quiet small"
        aria-pressed={isLinked}
        title={isLinked ? `All sides of the ${label} are one` : `Each side of the ${label} is its own`}
        onClick={() => setLinked(!isLinked)}
      >
        {label}
      </button>
      {NAMES.map((name, at) => (
        <Side
          key={name}
          label={`${label}, ${name}`}
          place={name}
          value={sides[at] ?? ""}
          set={(typed) => change(at, typed)}
        />
      ))}
      <div class="inside">{children}</div>
    </div>
  );
}

function Side(props: {
  readonly label: string;
  readonly place: string;
  readonly value: string;
  readonly set: (typed: string) => void;
}) {
  const { label, place, value, set } = props;
  const [text, setText] = useTyped(value);
  const isWrong = !isLength(text);
  const step = (event: KeyboardEvent): void => {
    const by = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    const number = Number(text || "0");
    if (!by || Number.isNaN(number)) return;
    event.preventDefault();
    set(String(number + by * (event.shiftKey ? 8 : 1)));
  };
  return (
    <input
      type="text"
      class={place}
      aria-label={label}
      aria-invalid={isWrong || undefined}
      title={isWrong ? "A number of pixels, or a length as in CSS: 1em" : `${label}; arrows change it`}
      placeholder="–"
      value={text}
      spellcheck={false}
      onKeyDown={step}
      onInput={(event) => {
        setText(event.currentTarget.value);
        if (isLength(event.currentTarget.value)) set(event.currentTarget.value);
      }}
    />
  );
}

/// Margin and padding in one value: {margin, padding}.
export function SpacingField({ value, set }: Pick<Props, "value" | "set">) {
  const said = typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const change = (key: string, part: unknown): void => {
    const next = Object.fromEntries(Object.entries({ ...said, [key]: part }).filter(([, one]) => one !== undefined));
    set(Object.keys(next).length > 0 ? next : undefined);
  };
  return (
    <SidesField label="margin" value={said.margin} set={(margin) => change("margin", margin)}>
      <SidesField label="padding" value={said.padding} set={(padding) => change("padding", padding)} />
    </SidesField>
  );
}
