import { useEffect, useState } from "preact/hooks";
import { Columns } from "./columns.tsx";
import type { Property } from "./specs.ts";

interface FieldProps {
  readonly property: Property;
  /// undefined: the default.
  readonly value: unknown;
  readonly set: (value: unknown) => void;
  readonly choices: Choices;
}

/// What a widget has to choose from.
export interface Choices {
  readonly forms: readonly string[];
  /// Of its theme, by name.
  readonly colors: Readonly<Record<string, string>>;
}

const LONG: ReadonlySet<string> = new Set(["text", "content", "html", "source"]);

/// The editor of one property, by its type.
export function Field(props: FieldProps) {
  const { property, value, set } = props;
  const shown = value === undefined ? property.default : value;
  switch (property.type) {
    case "boolean":
      return (
        <input
          type="checkbox"
          aria-label={property.name}
          checked={shown === true}
          onChange={(event) => set(event.currentTarget.checked)}
        />
      );
    case "enum":
      return <Choice {...props} of={property.of ?? []} />;
    case "form":
      return <Choice {...props} of={["", ...props.choices.forms]} />;
    case "number":
      return (
        <Typed
          label={property.name}
          value={shown === null || shown === undefined ? "" : String(shown)}
          read={(text) => (text.trim() === "" ? undefined : Number(text))}
          problem={(text) => (Number.isNaN(Number(text)) ? "This is not a number." : "")}
          set={set}
        />
      );
    case "items":
    case "text[]":
      return <Lines {...props} />;
    case "columns":
      return <Columns label={property.name} value={value} set={set} />;
    case "color":
      return <Color {...props} />;
    case "string":
    case "url":
    case "icon":
    case "role":
    case "length":
    case "date":
    case "media":
      return (
        <Typed
          label={property.name}
          value={typeof shown === "string" || typeof shown === "number" ? String(shown) : ""}
          read={(text) => (text === "" ? undefined : text)}
          set={set}
          isLong={LONG.has(property.name)}
        />
      );
    default:
      return <JsonField {...props} />;
  }
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
  readonly list?: string;
}

/// A field for text, which is kept as typed while it is wrong.
function Typed({ label, value, read, set, problem = () => "", isLong = false, list }: TypedProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
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
  return <input type="text" {...common} list={list} onInput={(event) => typed(event.currentTarget.value)} />;
}

const THEME = "theme:";

function Color({ property, value, set, choices }: FieldProps) {
  const shown = String(value ?? property.default ?? "");
  const drawn = shown.startsWith(THEME) ? (choices.colors[shown.slice(THEME.length)] ?? "") : shown;
  const names = Object.keys(choices.colors);
  const list = `design-colors-${property.name}`;
  return (
    <span class="design-color">
      <input
        type="color"
        aria-label={`${property.name}, chosen`}
        value={/^#[0-9a-f]{6}$/i.test(drawn) ? drawn : "#ffffff"}
        onInput={(event) => set(event.currentTarget.value)}
      />
      <Typed label={property.name} value={shown} read={(text) => text || undefined} set={set} list={list} />
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={THEME + name}>
            {choices.colors[name]}
          </option>
        ))}
      </datalist>
    </span>
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
