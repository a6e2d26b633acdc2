import { signal } from "@preact/signals";
import type { Api } from "../api/client.ts";
import type { Environment } from "../api/types.ts";

const POLL_MS = 500;

/// The packages of the widget as the site has them; asked for again while they are being installed.
export class Packages {
  readonly state = signal<Environment | null>(null);
  readonly #api: Api;
  readonly #slug: string;
  #asking: Promise<void> | null = null;

  constructor(api: Api, slug: string) {
    this.#api = api;
    this.#slug = slug;
  }

  /// Ask how they are, and go on asking until nothing is being installed.
  refresh(): Promise<void> {
    this.#asking ??= this.#follow().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /// Wait until these packages, as lines, are installed or failed; what was asked for before may still be on its way.
  async settled(lines: readonly string[]): Promise<void> {
    for (let tries = 0; tries < 3; tries += 1) {
      await this.refresh();
      if (this.state.value?.requirements.join("\n") === lines.join("\n")) return;
    }
  }

  /// Try once more what failed.
  async retry(): Promise<void> {
    const wanted = this.state.value?.requirements ?? [];
    await this.#api.putRequirements(this.#slug, wanted).catch(() => undefined);
    await this.refresh();
  }

  async #follow(): Promise<void> {
    for (;;) {
      const found = await this.#api.environment(this.#slug).catch(() => null);
      if (found) this.state.value = found;
      if (found && found.status !== "installing") return;
      await new Promise((resolve) => setTimeout(resolve, found ? POLL_MS : 4 * POLL_MS));
    }
  }
}

/// Modules whose package has another name; what is not here is looked for under its own.
const PACKAGE_OF: Readonly<Record<string, string>> = {
  attr: "attrs",
  bs4: "beautifulsoup4",
  cv2: "opencv-python-headless",
  Crypto: "pycryptodome",
  dateutil: "python-dateutil",
  docx: "python-docx",
  dotenv: "python-dotenv",
  fitz: "pymupdf",
  jose: "python-jose",
  jwt: "pyjwt",
  OpenSSL: "pyopenssl",
  PIL: "pillow",
  pptx: "python-pptx",
  skimage: "scikit-image",
  sklearn: "scikit-learn",
  slugify: "python-slugify",
  yaml: "pyyaml",
};

/// The package that would have kept a run from ending with this error; null when it did not end for want of one.
export function missingPackage(error: string, files: readonly string[]): string | null {
  const module = /^(?:ModuleNotFoundError|ImportError): No module named '(\w+)/.exec(error)?.[1];
  if (!module || files.some((path) => path === `${module}.py` || path.startsWith(`${module}/`))) return null;
  return PACKAGE_OF[module] ?? module;
}

/// The lines of a requirements.txt that ask for something.
export function linesOf(text: string): string[] {
  const lines = text.split("\n").map((line) => (line.split(" #", 1)[0] ?? "").trim());
  return lines.filter((line) => line && !line.startsWith("#"));
}

/// A package's name as the index compares names, from a line.
export function nameOf(line: string): string {
  return (/^[\w.-]+/.exec(line)?.[0] ?? line).toLowerCase().replace(/[-_.]+/g, "-");
}

/// `1234567` as "1.2 MB".
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
