import { useTyped } from "../../editor/typed.ts";
import type { Property } from "../specs.ts";
import type { Choices } from "./choices.ts";
import { ColorField } from "./color_field.tsx";
import { Columns } from "./columns.tsx";
import { type EditorKind, editorOf, isLength, lengthRead, suggestionsOf } from "./editors.ts";
import { IconField } from "./icon_field.tsx";
import { PictureField } from "./picture_field.tsx";
import { RoleChoice, RoleField } from "./role_field.tsx";
import { SidesField, SpacingField } from "./sides_field.tsx";

interface FieldProps {
  readonly property: Property;
  /// undefined: the default.
  readonly value: unknown;
  readonly set: (value: unknown) => void;
  readonly choices: Choices;
}

/// The editor of one property, by its type.
export function Field(props: FieldProps) {
  const { property, value, set, choices } = props;
  const { name: label } = property;
  const shown = value === undefined ? property.default : value;
  const text = typeof shown === "string" || typeof shown === "number" ? String(shown) : "";
  const { look } = choices;
  switch (editorOf(property)) {
    case "check":
      return <Check label={label} isChecked={shown === true} set={set} />;
    case "choice":
      return <Choice {...props} of={property.of ?? []} />;
    case "form":
      return <Choice {...props} of={["", ...choices.forms]} />;
    case "number":
      return <Typed label={label} value={text} read={numberRead} problem={numberProblem} set={set} />;
    case "length":
      return <Typed label={label} value={text} read={lengthRead} problem={lengthProblem} set={set} />;
    case "date":
      return <DateField label={label} value={text} set={set} />;
    case "items":
    case "lines":
      return <Lines {...props} />;
    case "columns":
      return <Columns label={label} value={value} set={set} />;
    case "color":
      return (
        <ColorField
          label={label}
          value={text}
          set={set}
          colors={look.colors.value}
          isSmall={choices.isSmall === true}
        />
      );
    case "icon":
      return <IconField label={label} value={text} set={set} assets={look.assets.value} />;
    case "role":
      return choices.isSmall ? (
        <RoleChoice label={label} type={choices.type} value={value} set={set} roles={look.roles.value} />
      ) : (
        <RoleField label={label} type={choices.type} value={value} set={set} roles={look.roles.value} />
      );
    case "spacing":
      return <SpacingField value={value} set={set} />;
    case "margin":
    case "padding":
      return <SidesField label={label} value={value} set={set} />;
    case "picture":
      return <PictureField label={label} value={text} set={set} look={look} />;
    case "json":
      return <JsonField {...props} />;
    default: {
      const isLong = editorOf(property) === "long_text";
      const suggested = suggestionsOf(label);
      return <Typed label={label} value={text} read={textRead} set={set} isLong={isLong} suggested={suggested} />;
    }
  }
}

/// Whether the editor of a property wants the whole width, below its name.
export function isWide(property: Property): boolean {
  return WIDE.has(editorOf(property));
}

const WIDE: ReadonlySet<EditorKind> = new Set(["columns", "role", "spacing", "margin", "padding", "picture"]);

const numberRead = (text: string) => (text.trim() === "" ? undefined : Number(text));
const numberProblem = (text: string) => (Number.isNaN(Number(text)) ? "This is not a number." : "");
const textRead = (text: string) => (text === "" ? undefined : text);
const lengthProblem = (text: string) => (isLength(text) ? "" : "A number of pixels, or a length as in CSS: 50%.");

function Check(props: { readonly label: string; readonly isChecked: boolean; readonly set: (value: unknown) => void }) {
  return (
    <input
      type="checkbox"
      aria-label={props.label}
      checked={props.isChecked}
      onChange={(event) => props.set(event.currentTarget.checked)}
    />
  );
}

/// A day, or with a time in the value a moment.
function DateField(props: { readonly label: string; readonly value: string; readonly set: (value: unknown) => void }) {
  const hasTime = /[T ]\d/.test(props.value);
  return (
    <input
      type={hasTime ? "datetime-local" : "date"}
      aria-label={props.label}
      value={hasTime ? props.value.replace(" ", "T").slice(0, 16) : props.value}
      onChange={(event) => props.set(event.currentTarget.value || undefined)}
    />
  );
}

function Choice({ property, value, set, of }: FieldProps & { readonly of: readonly string[] }) {
  const shown = String(value ?? property.default ?? "");
  const all = of.includes(shown) ? of : [shown, ...of];
  return (
    <select
      aria-label={property.name}
      value={shown}
      onChange={(event) =>
        set(event.currentTarget.value === String(property.default ?? "") ? undefined : event.currentTarget.value)
      }
    >
      {all.map((one) => (
        <option key={one} value={one}>
          {one || "(none)"}
        </option>
      ))}
    </select>
  );
}

interface TypedProps {
  readonly label: string;
  readonly value: string;
  readonly read: (text: string) => unknown;
  readonly set: (value: unknown) => void;
  readonly problem?: (text: string) => string;
  readonly isLong?: boolean;
  readonly suggested?: readonly string[];
}

/// A field for text, which is kept as typed while it is wrong.
function Typed({ label, value, read, set, problem = () => "", isLong = false, suggested = [] }: TypedProps) {
  const [text, setText] = useTyped(value);
  const wrong = problem(text);
  const typed = (next: string): void => {
    setText(next);
    if (!problem(next)) set(read(next));
  };
  const common = {
    "aria-label": label,
    "aria-invalid": wrong ? true : undefined,
    title: wrong || undefined,
    value: text,
  };
  if (isLong)
    return (
      <textarea
        {...common}
        rows={Math.min(text.split("\n").length, 6)}
        onInput={(event) => typed(event.currentTarget.value)}
      />
    );
  const list = suggested.length > 0 ? `design-${label}` : undefined;
  return (
    <>
      <input type="text" {...common} list={list} onInput={(event) => typed(event.currentTarget.value)} />
      {list && (
        <datalist id={list}>
          {suggested.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </>
  );
}

/// One item a line; "shown = value" where the two differ.
function Lines({ property, value, set }: FieldProps) {
  const items = Array.isArray(value) ? value : [];
  const text = items.map((item) => (Array.isArray(item) ? `${item[0]} = ${item[1]}` : String(item))).join("\n");
  const read = (typed: string): unknown => {
    const lines = typed.split("\n").filter((line) => line.trim());
    if (lines.length === 0) return undefined;
    return lines.map((line) => {
      const pair = property.type === "items" ? /^(.*?) = (.*)$/.exec(line) : null;
      return pair ? [pair[1], pair[2]] : line;
    });
  };
  return <Typed label={`${property.name}, one a line`} value={text} read={read} set={set} isLong />;
}

function JsonField({ property, value, set }: FieldProps) {
  const text = value === undefined || value === null ? "" : JSON.stringify(value);
  return (
    <Typed
      label={`${property.name}, as JSON`}
      value={text}
      read={(typed) => (typed.trim() ? JSON.parse(typed) : undefined)}
      problem={(typed) => (isJson(typed) ? "" : "This is not JSON.")}
      set={set}
      isLong
    />
  );
}

function isJson(text: string): boolean {
  if (!text.trim()) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
