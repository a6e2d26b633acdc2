/// The forms that differ between two revisions, drawn as they were and as they became; what differs has a frame.
import type { Form } from "../gui/app.ts";
import type { FromCanvas, Rect, ToCanvas } from "../gui/design/messages.ts";

type Theme = Extract<ToCanvas, { kind: "theme" }>;

interface Side {
  readonly forms: Readonly<Record<string, Form>>;
  readonly theme: Pick<Theme, "colors" | "html" | "css">;
}

interface Compared {
  readonly sides: readonly [Side, Side];
  /// By form: ids of components on either side.
  readonly changed: Readonly<Record<string, readonly [readonly string[], readonly string[]]>>;
}

/// Room that the designer has below the form.
const BELOW_PX = 96;

function element(name: string, className: string, ...children: readonly (Node | string)[]): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

/// One side's picture; the frame is asked for when it is about to be seen.
function picture(canvas: string, title: string, side: Side, name: string, ids: readonly string[]): HTMLElement {
  const frame = document.createElement("iframe");
  frame.title = `${name}: ${title}`;
  frame.setAttribute("sandbox", "allow-scripts");
  frame.loading = "lazy";
  frame.tabIndex = -1;
  frame.src = canvas;
  const marks = element("div", "picture-marks");
  const paper = element("div", "picture-paper", frame, marks);
  const send = (message: ToCanvas) => frame.contentWindow?.postMessage(message, "*");
  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow) return;
    const said = event.data as FromCanvas;
    if (said.kind === "ready") {
      const colors = { ...said.library.colors, ...side.theme.colors };
      send({ kind: "theme", ...side.theme, colors, files: {} });
      send({ kind: "draw", form: name, forms: side.forms, gone: [], inside: [] });
    } else if (said.kind === "layout") {
      paper.style.height = `${Math.max(said.height - BELOW_PX, 40)}px`;
      marks.replaceChildren(...ids.flatMap((id) => mark(id, said.boxes[id])));
    }
  });
  return paper;
}

function mark(id: string, box: Rect | undefined): readonly HTMLElement[] {
  // The form's own container is all of it.
  if (!box || id === "") return [];
  const made = element("div", "picture-mark");
  const [left, top, width, height] = box;
  Object.assign(made.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
  return [made];
}

function figure(title: string, words: string, inside: HTMLElement): HTMLElement {
  return element("figure", "", element("figcaption", "small", element("strong", "", title), ` ${words}`), inside);
}

function listed(ids: readonly string[], name: string): string {
  const names = ids.map((id) => (id === "" ? name : id.replace(/^#.*/, "one without a name")));
  return names.length > 0 ? `Marked: ${names.slice(0, 8).join(", ")}${names.length > 8 ? " …" : ""}` : "Nothing marked";
}

function show(box: HTMLElement, page: DOMStringMap, compared: Compared): void {
  const name = box.dataset.form ?? "";
  const changed = compared.changed[name] ?? [[], []];
  const titles = [page.old ?? "", page.new ?? ""];
  const figures = compared.sides.map((side, at) => {
    const ids = changed[at] ?? [];
    const title = titles[at] ?? "";
    if (!side.forms[name])
      return figure(title, "", element("p", "muted small", "There is no such form, or it can't be read."));
    return figure(title, listed(ids, name), picture(page.canvas ?? "", title, side, name, ids));
  });
  const pictures = element("div", "picture-pair", ...figures);
  box.replaceChildren(switched(box, pictures), pictures);
  box.hidden = false;
}

/// The two ways to see a form: drawn, or as its text.
function switched(box: HTMLElement, pictures: HTMLElement): HTMLElement {
  const buttons = ["Pictures", "Text"].map((label) => {
    const button = element("button", "button small", label) as HTMLButtonElement;
    button.type = "button";
    button.onclick = () => take(label);
    return button;
  });
  const take = (wanted: string): void => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.textContent === wanted));
    pictures.hidden = wanted !== "Pictures";
    for (const other of box.parentElement?.children ?? [])
      if (other !== box && other.tagName !== "HEADER") (other as HTMLElement).hidden = wanted === "Pictures";
  };
  take("Pictures");
  const group = element("div", "row small", ...buttons);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", `Show ${box.dataset.form} as`);
  return group;
}

const page = document.getElementById("drawn-forms");
if (page) {
  const answer = await fetch(page.dataset.forms ?? "").catch(() => null);
  // Without pictures there is the text.
  if (answer?.ok) {
    const compared = (await answer.json()) as Compared;
    for (const box of page.querySelectorAll<HTMLElement>(".form-pictures")) show(box, page.dataset, compared);
  }
}
