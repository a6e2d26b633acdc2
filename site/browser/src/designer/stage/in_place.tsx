import { useEffect, useRef } from "preact/hooks";
import type { Rect } from "../../gui/design/messages.ts";
import type { Designer } from "../designer.ts";
import type { Part } from "../texts/template.ts";

/// The text of a component, by its kind.
const TEXTS: Readonly<Record<string, string>> = {
  Label: "text",
  Button: "text",
  Link: "text",
  CheckBox: "text",
  RadioButton: "text",
  FileLoader: "text",
  RichText: "content",
  TextBox: "placeholder",
  TextArea: "placeholder",
};

/// The property that holds what a component says; undefined for one that says nothing, or whose text is bound.
export function textOf(part: Part): string | undefined {
  const property = TEXTS[part.type];
  return part.bindings.some((binding) => binding.property === property) ? undefined : property;
}

/// A field in the place of a component's text. Enter takes what was typed, Escape does not.
export function InPlace({
  designer,
  part,
  property,
  at: [left, top, width, height],
  done,
}: {
  readonly designer: Designer;
  readonly part: Part;
  readonly property: string;
  readonly at: Rect;
  readonly done: () => void;
}) {
  const field = useRef<HTMLTextAreaElement>(null);
  const ended = useRef(false);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const end = (isTaken: boolean): void => {
    if (ended.current) return;
    ended.current = true;
    const text = field.current?.value ?? "";
    if (isTaken && text !== String(part.properties[property] ?? "")) designer.set(part.id, property, text);
    done();
  };
  const press = (event: KeyboardEvent): void => {
    event.stopPropagation();
    const isLine = event.key === "Enter" && (event.shiftKey || part.type === "RichText") && !event.ctrlKey;
    if (event.key === "Escape") end(false);
    if (event.key !== "Enter" || isLine) return;
    event.preventDefault();
    end(true);
  };
  return (
    <textarea
      ref={field}
      class="design-in-place"
      aria-label={`${property} of ${part.name || part.type}`}
      style={{
        left: `${left}px`,
        top: `${top}px`,
        minWidth: `${Math.max(width, 120)}px`,
        height: `${Math.max(height, 32)}px`,
      }}
      onPointerDown={(event) => event.stopPropagation()}
      onDblClick={(event) => event.stopPropagation()}
      onKeyDown={press}
      onBlur={() => end(true)}
    >
      {String(part.properties[property] ?? "")}
    </textarea>
  );
}
