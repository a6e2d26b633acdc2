/// The theme on the canvas: what the editor says of it, over what libraries' themes have.
import type { Theme } from "../app.ts";
import { variable } from "../page_host.ts";
import type { LibraryLook, ToCanvas } from "./messages.ts";

type Told = Extract<ToCanvas, { kind: "theme" }>;

/// Where a style sheet names what stands beside it.
const BESIDE = /url\(\s*(['"]?)(?!['"]|data:|blob:|https?:|\/|#)/g;

export class CanvasTheme {
  readonly #library: LibraryLook;
  readonly #styles = document.createElement("style");
  #told: Told | null = null;
  readonly #pictures = new Map<string, { readonly version: number; readonly address: string }>();

  constructor(library: LibraryLook) {
    this.#library = library;
    const borrowed = document.createElement("style");
    borrowed.textContent = placed(library.css);
    document.head.append(borrowed, this.#styles);
  }

  /// For the host of a page.
  get said(): Theme {
    const { colors, html } = this.#told ?? this.#library;
    return { colors, html: { ...this.#library.html, ...html } };
  }

  /// The address of a picture of the widget's own theme; undefined for anything else.
  picture(value: string): string | undefined {
    const name = /^(?:asset:|_\/theme\/)(.*)$/.exec(value)?.[1] ?? "";
    return this.#pictures.get(name)?.address;
  }

  /// Show another theme; whether what is drawn has to be drawn anew for it.
  take(told: Told): boolean {
    const before = this.#told;
    this.#told = told;
    const root = document.documentElement.style;
    for (const name of Object.keys(before?.colors ?? {}))
      if (!(name in told.colors)) root.removeProperty(variable(name));
    for (const [name, value] of Object.entries(told.colors)) root.setProperty(variable(name), value);
    if (before?.css !== told.css) this.#styles.textContent = placed(told.css);
    const hasOtherPictures = this.#takePictures(told.files);
    // Colours are drawn by name.
    const hasOtherNames = Object.keys(told.colors).join("\n") !== Object.keys(before?.colors ?? {}).join("\n");
    return hasOtherPictures || hasOtherNames || JSON.stringify(before?.html) !== JSON.stringify(told.html);
  }

  #takePictures(files: Told["files"]): boolean {
    let isOther = false;
    for (const [name, { version, address }] of this.#pictures) {
      if (files[name]?.version === version) continue;
      URL.revokeObjectURL(address);
      this.#pictures.delete(name);
      isOther = true;
    }
    for (const [name, { version, blob }] of Object.entries(files)) {
      if (this.#pictures.has(name)) continue;
      this.#pictures.set(name, { version, address: URL.createObjectURL(blob) });
      isOther = true;
    }
    return isOther;
  }
}

/// Styles as if they were the file theme/assets/theme.css, whose neighbours they name.
function placed(css: string): string {
  return css.replace(BESIDE, "url($1/_/theme/");
}
