/// The data of a display event.
export interface ShownData {
  /// Text, or for JSON types JSON, by type.
  readonly mime?: Readonly<Record<string, unknown>>;
  /// Parts that are kept apart, by type.
  readonly blobs?: Readonly<Record<string, ShownBlob>>;
  readonly note?: string;
}

export interface ShownBlob {
  readonly file: string;
  readonly bytes: number;
  readonly width?: number;
  readonly height?: number;
}

export const PLOTLY = "application/vnd.plotly.v1+json";
const RASTER = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/// The best way first.
const ORDER = [PLOTLY, "text/html", "text/markdown", "image/svg+xml", ...RASTER, "application/json"];

/// Show something that a run displayed. What takes time to come grows into its place.
export function shownView(data: ShownData, run: string): HTMLElement {
  const box = document.createElement("div");
  box.className = "shown";
  const kind = ORDER.find((type) => data.mime?.[type] !== undefined || data.blobs?.[type]);
  const plain = typeof data.mime?.["text/plain"] === "string" ? data.mime["text/plain"] : "";
  box.dataset.type = kind ?? "text/plain";
  if (!kind) box.append(textView(plain));
  else {
    const blob = data.blobs?.[kind];
    if (blob && RASTER.includes(kind)) box.append(...pictureViews(fileAddress(run, blob.file), blob, plain));
    else void fill(box, kind, data, run, plain);
  }
  if (data.note) box.append(textView(data.note, "output-note"));
  return box;
}

export function fileAddress(run: string, file: string): string {
  return `/api/v1/runs/${run}/files/${file}`;
}

async function fill(box: HTMLElement, kind: string, data: ShownData, run: string, plain: string): Promise<void> {
  const text = await textOf(kind, data, run);
  const views =
    text === null ? [textView(plain || "What was shown here is no longer kept.")] : await viewsOf(kind, text, plain);
  box.prepend(...views);
  box.dispatchEvent(new Event("shown", { bubbles: true }));
}

/// What draws each type is loaded when the first of its type is shown.
async function viewsOf(kind: string, text: string, plain: string): Promise<HTMLElement[]> {
  if (kind === PLOTLY) return [(await import("./frame.ts")).frameOf("figure", text, `Chart ${plain}`.trim())];
  if (kind === "text/html") return [await htmlView(text)];
  if (kind === "text/markdown") return [(await import("./markdown.ts")).markdownView(text)];
  // As a picture, a drawing runs no script and loads nothing.
  if (kind === "image/svg+xml")
    return pictureViews(`data:${kind};charset=utf-8,${encodeURIComponent(text)}`, null, plain);
  return [(await import("./json.ts")).jsonView(JSON.parse(text))];
}

async function htmlView(text: string): Promise<HTMLElement> {
  const [{ plainTable }, { frameOf }] = await Promise.all([import("./table.ts"), import("./frame.ts")]);
  return plainTable(text) ?? frameOf("html", text, "HTML that the run showed");
}

/// The text of a part, from the event itself or fetched; null when it is no longer kept.
async function textOf(kind: string, data: ShownData, run: string): Promise<string | null> {
  const blob = data.blobs?.[kind];
  if (!blob) {
    const held = data.mime?.[kind];
    return typeof held === "string" && !kind.endsWith("json") ? held : JSON.stringify(held);
  }
  const answer = await fetch(fileAddress(run, blob.file)).catch(() => null);
  return answer?.ok ? await answer.text() : null;
}

function pictureViews(address: string, blob: ShownBlob | null, plain: string): HTMLElement[] {
  const picture = document.createElement("img");
  picture.className = "shown-picture";
  picture.alt = plain ? `Picture: ${plain}` : "Picture";
  if (blob?.width && blob.height) {
    picture.width = blob.width;
    picture.height = blob.height;
  }
  picture.onerror = () => picture.replaceWith(textView(`${plain} (this picture can't be shown, or is no longer kept)`));
  picture.src = address;
  const save = document.createElement("a");
  save.className = "button small shown-save";
  save.textContent = "Save picture";
  save.href = blob ? `${address}?download=1` : address;
  save.download = blob ? "" : "picture.svg";
  return [picture, save];
}

function textView(text: string, className = "shown-text"): HTMLElement {
  const made = document.createElement("div");
  made.className = className;
  made.textContent = text;
  return made;
}
