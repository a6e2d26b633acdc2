import { fileAddress } from "./shown.ts";

/// A file that a script wrote, as the JSON API shows it.
export interface WrittenFile {
  readonly id: string | null;
  readonly name: string;
  readonly bytes: number;
  readonly note: string;
}

/// The files that a run wrote, to be downloaded.
export function filesView(files: readonly WrittenFile[], run: string): HTMLElement {
  const box = document.createElement("div");
  box.className = "written";
  const head = document.createElement("p");
  head.className = "written-head";
  head.textContent = files.length === 1 ? "A file that it wrote" : `${files.length} files that it wrote`;
  const list = document.createElement("ul");
  list.append(...files.map((file) => entry(file, run)));
  box.append(head, list);
  return box;
}

function entry(file: WrittenFile, run: string): HTMLElement {
  const item = document.createElement("li");
  const name = document.createElement(file.id ? "a" : "span");
  name.textContent = file.name;
  name.className = "mono";
  if (file.id && name instanceof HTMLAnchorElement) {
    name.href = fileAddress(run, file.id);
    name.download = "";
  }
  const size = document.createElement("span");
  size.className = "muted";
  size.textContent = file.note ? `${sizeWords(file.bytes)} · ${file.note}` : sizeWords(file.bytes);
  item.append(name, " ", size);
  return item;
}

export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [number, unit] = bytes < 999_500 ? [bytes / 1000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${number < 9.95 ? number.toFixed(1) : Math.round(number)} ${unit}`;
}
