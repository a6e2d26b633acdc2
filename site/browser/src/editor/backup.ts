import type { Files } from "../api/types.ts";
import { randomId } from "../random_id.ts";

export interface Backup {
  readonly files: Files;
  readonly revision: number;
  readonly at_ms: number;
}

/// Text that the site does not have yet, in this browser: one entry for each open tab of a widget.
export class BackupShelf {
  readonly #prefix: string;
  readonly #key: string;

  constructor(slug: string) {
    this.#prefix = `widgetry-text:${slug}:`;
    const tab = sessionStorage.getItem("tab") ?? randomId();
    sessionStorage.setItem("tab", tab);
    this.#key = this.#prefix + tab;
    // Held as long as this tab lives, so that other tabs leave its entry alone.
    void navigator.locks?.request(this.#key, () => new Promise(() => undefined));
  }

  keep(files: Files | null, revision: number): void {
    try {
      if (files) localStorage.setItem(this.#key, JSON.stringify({ files, revision, at_ms: Date.now() }));
      else localStorage.removeItem(this.#key);
    } catch {
      // A full or forbidden storage: the site's draft is then the only copy, and the save state says when it is late.
    }
  }

  /// Take the newest text that a tab left behind; entries of tabs that are still open are not touched.
  async take(): Promise<Backup | null> {
    const held = (await navigator.locks?.query())?.held?.map((lock) => lock.name) ?? [];
    const keys = Object.keys(localStorage).filter(
      (key) => key.startsWith(this.#prefix) && (key === this.#key || !held.includes(key)),
    );
    const found = keys.map((key) => JSON.parse(localStorage.getItem(key) ?? "null") as Backup | null);
    for (const key of keys) localStorage.removeItem(key);
    return found.reduce((best, item) => (item && (!best || item.at_ms > best.at_ms) ? item : best), null);
  }
}
