/// JSON that unfolds.

const MAX_CHILDREN = 200;
const OPEN_CHILDREN = 20;

export function jsonView(value: unknown): HTMLElement {
  const box = document.createElement("div");
  box.className = "shown-json";
  box.append(view(value, "", 0));
  return box;
}

function view(value: unknown, name: string, depth: number): HTMLElement {
  if (value === null || typeof value !== "object") return line(name, leaf(value));
  const entries: readonly (readonly [string, unknown])[] = Array.isArray(value)
    ? value.map((item, at) => [String(at), item] as const)
    : Object.entries(value);
  const words = Array.isArray(value) ? `[${count(entries.length, "item")}]` : `{${count(entries.length, "field")}}`;
  if (entries.length === 0) return line(name, span("json-none", Array.isArray(value) ? "[]" : "{}"));
  const box = document.createElement("details");
  const head = document.createElement("summary");
  if (name) head.append(span("json-name", name), ": ");
  head.append(span("json-none", words));
  box.append(head);
  const fill = () => {
    if (box.childElementCount > 1) return;
    for (const [key, item] of entries.slice(0, MAX_CHILDREN)) box.append(view(item, key, depth + 1));
    if (entries.length > MAX_CHILDREN)
      box.append(line("", span("json-none", `… ${entries.length - MAX_CHILDREN} more`)));
  };
  // What is folded costs nothing until it is opened.
  if (depth === 0 && entries.length <= OPEN_CHILDREN) {
    fill();
    box.open = true;
  } else box.addEventListener("toggle", fill, { once: true });
  return box;
}

function leaf(value: unknown): HTMLElement {
  if (typeof value === "string") return span("json-text", JSON.stringify(value));
  return span(typeof value === "number" ? "json-number" : "json-word", String(value));
}

function line(name: string, value: HTMLElement): HTMLElement {
  const made = document.createElement("div");
  if (name) made.append(span("json-name", name), ": ");
  made.append(value);
  return made;
}

function span(className: string, text: string): HTMLElement {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
