/// The tables page: which tables there are, which one is open, what is asked of the owner.
import { signal } from "@preact/signals";
import { Api } from "../api/client.ts";
import type { Column, Row, Table } from "./shapes.ts";
import { Sheet } from "./sheet.ts";
import { TableCalls } from "./table_calls.ts";
import { Widths } from "./widths.ts";

/// What the page carries for its island.
export interface TablesData {
  readonly slug: string;
  /// Its kind.
  readonly kind: string;
  /// Whose the widget is.
  readonly owner: string;
  readonly csrf: string;
  /// Address of the icon sprite.
  readonly icons: string;
  /// The table that the address names; empty for the first.
  readonly table: string;
  readonly tables: readonly Table[];
}

/// A question that is open: a dialog, or the menu of a column.
export type Asked =
  | { readonly kind: "new-table" | "table" | "delete-table" | "new-column" | "keys" | "import" | "form" }
  | { readonly kind: "column" | "delete-column"; readonly column: Column }
  | { readonly kind: "menu"; readonly column: Column; readonly at: DOMRect }
  | { readonly kind: "json" | "link" | "media"; readonly row: Row | null; readonly column: Column };

/// How long what was done is said.
const SAID_MS = 8000;

export class TablesModel {
  readonly data: TablesData;
  readonly calls: TableCalls;
  readonly tables = signal<readonly Table[]>([]);
  readonly sheet = signal<Sheet | null>(null);
  readonly asked = signal<Asked | null>(null);
  /// What was done or could not be, in words.
  readonly notice = signal("");
  readonly widths: Widths;
  readonly #sheets = new Map<string, Sheet>();
  #saying: ReturnType<typeof setTimeout> | undefined;
  /// The table that is to be open after the next reading.
  #next = "";

  constructor(data: TablesData) {
    this.data = data;
    this.calls = new TableCalls(new Api(data.csrf), data.slug);
    this.widths = new Widths(data.slug);
    this.tables.value = data.tables;
    this.#show(data.table);
  }

  /// The address of a table, or of the page.
  address(name: string): string {
    return `/w/${this.data.slug}/tables${name ? `/${encodeURIComponent(name)}` : ""}`;
  }

  /// Open a table; its address is in the bar.
  open(name: string): void {
    if (name === this.sheet.value?.table.value.name) return;
    history.pushState(null, "", this.address(name));
    this.#show(name);
  }

  /// The address was changed by going back or forward.
  follow(): void {
    this.#show(decodeURIComponent(location.pathname.split("/")[4] ?? ""));
  }

  #show(name: string): void {
    const table = this.tables.value.find((one) => one.name === name) ?? this.tables.value[0];
    this.say("");
    if (!table) {
      this.sheet.value = null;
      return;
    }
    let sheet = this.#sheets.get(table.name);
    if (!sheet) {
      sheet = new Sheet(this.calls, table);
      this.#sheets.set(table.name, sheet);
    }
    this.sheet.value = sheet;
    void sheet.refresh();
  }

  /// Say what was done, for a while.
  say(text: string): void {
    clearTimeout(this.#saying);
    this.notice.value = text;
    if (text) this.#saying = setTimeout(() => this.say(""), SAID_MS);
  }

  /// Do something with tables or columns, then read them anew. Returns why it could not be done; empty when it was.
  async reshape(work: () => Promise<unknown>, name?: string): Promise<string> {
    const sheet = this.sheet.value;
    if (sheet && !(await sheet.writes.flush()))
      return "What you typed is not saved yet, since the site can't be reached.";
    try {
      await sheet?.deleteNow();
      await work();
      await this.reload(name);
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  }

  /// Have another table open after what is being done.
  expect(name: string): void {
    this.#next = name;
  }

  /// Read the tables anew; `called` is what the open one is called now.
  async reload(called = this.sheet.value?.table.value.name ?? ""): Promise<void> {
    const { items } = await this.calls.tables();
    const sheet = this.sheet.value;
    if (sheet && called !== sheet.table.value.name) {
      this.#sheets.delete(sheet.table.value.name);
      this.#sheets.set(called, sheet);
    }
    this.tables.value = items;
    for (const [name, known] of [...this.#sheets]) {
      const table = items.find((one) => one.name === name);
      if (table) known.reshape(table);
      else this.#sheets.delete(name);
    }
    const name = this.#next || called;
    this.#next = "";
    const isThere = items.some((one) => one.name === name);
    history.replaceState(null, "", this.address(isThere ? name : (items[0]?.name ?? "")));
    if (sheet && isThere && this.#sheets.get(name) === sheet) await sheet.refresh();
    else this.#show(name);
  }

  /// Whether something typed here is not with the site yet.
  get isBusy(): boolean {
    return [...this.#sheets.values()].some((sheet) => sheet.writes.isBusy || sheet.writes.problems.length > 0);
  }

  leave(): void {
    for (const sheet of this.#sheets.values()) sheet.leave();
  }

  /// The page is looked at again: others may have changed what it shows.
  async lookAgain(): Promise<void> {
    const sheet = this.sheet.value;
    for (const one of this.#sheets.values()) one.writes.hurry();
    if (!sheet || this.asked.value || sheet.cursor.typing.value) return;
    await sheet.writes.flush();
    await this.reload().catch(() => undefined);
  }
}
