/// What the table editor asks of the JSON API.
import { type Api, ApiError } from "../api/client.ts";
import { type Json, read, write } from "./exact.ts";
import type { Loaded } from "./row_pages.ts";
import type { Column, ColumnType, Filter, Permission, Row, Sort, Table, Values } from "./shapes.ts";
import { type Answer, type Change, type Sender, Unreachable } from "./writes.ts";

export interface Wanted {
  readonly offset: number;
  readonly limit: number;
  readonly sort: Sort | null;
  readonly filters: readonly Filter[];
  readonly search: string;
}

/// What becomes of the values of a column that gets another type.
export interface Retyped {
  readonly kept: number;
  readonly lost: number;
  readonly examples: readonly { readonly row: number; readonly value: string }[];
}

/// Another widget that uses a table.
export interface Share {
  readonly widget: string;
  /// What the table is called there.
  readonly name: string;
  readonly client: Permission;
  readonly server: Permission;
}

export interface MyWidget {
  readonly slug: string;
  readonly title: string;
}

export interface Choice {
  readonly id: number;
  readonly label: string;
}

/// Where the rows of a file go.
export type ImportTarget =
  /// `types` of the file's columns; null has them guessed.
  | { readonly kind: "new"; readonly name: string; readonly types: readonly (string | null)[] | null }
  /// `columns` of the table for those of the file, null for one that is left out; without any, by name.
  | { readonly kind: "into"; readonly table: string; readonly columns: readonly (string | null)[] | null };

/// What came in from a file, or would.
export interface Imported {
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly column: string; readonly type: ColumnType }[];
  readonly rows: number;
  readonly wrong: number;
  readonly errors: readonly {
    readonly line: number;
    readonly column: string;
    readonly value: string;
    readonly text: string;
  }[];
}

/// How long an answer is waited for.
const ANSWER_MS = 60_000;

type Tables = { readonly items: readonly Table[]; readonly auto_create: boolean };

export class TableCalls {
  readonly #api: Api;
  readonly #base: string;

  constructor(api: Api, slug: string) {
    this.#api = api;
    this.#base = `/widgets/${slug}/tables`;
  }

  tables(): Promise<Tables> {
    return this.#send("GET", "");
  }

  addTable(name: string, title: string): Promise<Table> {
    return this.#send("POST", "", { name, title });
  }

  changeTable(name: string, changes: Partial<Pick<Table, "name" | "title" | "client" | "server">>): Promise<Table> {
    return this.#send("PATCH", at(name), changes);
  }

  deleteTable(name: string): Promise<unknown> {
    return this.#send("DELETE", at(name));
  }

  /// The widgets of an account.
  async myWidgets(owner: string): Promise<readonly MyWidget[]> {
    const path = `/widgets?${new URLSearchParams({ owner, limit: "100" })}`;
    const answer = await this.#api.request({ method: "GET", path });
    return ((await answer.json()) as { items: readonly MyWidget[] }).items;
  }

  async shares(table: string): Promise<readonly Share[]> {
    return (await this.#send<{ items: readonly Share[] }>("GET", `${at(table)}/shares`)).items;
  }

  /// Let another widget of the owner use a table.
  share(table: string, widget: string): Promise<Share> {
    return this.#send("POST", `${at(table)}/shares`, { widget });
  }

  unshare(table: string, widget: string): Promise<unknown> {
    return this.#send("DELETE", `${at(table)}/shares${at(widget)}`);
  }

  /// A new GUI with a form for a table, which it uses too.
  makeFormWidget(table: string): Promise<{ readonly slug: string }> {
    return this.#send("POST", `${at(table)}/form-widget`);
  }

  addColumn(table: string, column: Column): Promise<Column> {
    const { name, type, client_hidden, indexes } = column;
    return this.#send("POST", `${at(table)}/columns`, { name, type, table: column.table, client_hidden, indexes });
  }

  changeColumn(
    table: string,
    name: string,
    changes: Partial<Pick<Column, "name" | "client_hidden" | "indexes">>,
  ): Promise<Column> {
    return this.#send("PATCH", `${at(table)}/columns${at(name)}`, changes);
  }

  orderColumns(table: string, names: readonly string[]): Promise<Table> {
    return this.#send("PUT", `${at(table)}/columns`, { columns: names });
  }

  deleteColumn(table: string, name: string): Promise<unknown> {
    return this.#send("DELETE", `${at(table)}/columns${at(name)}`);
  }

  /// Give a column another type; with `may_lose` null only say what would become of its values.
  retype(
    table: string,
    column: string,
    type: ColumnType,
    target: string | null,
    may_lose: number | null,
  ): Promise<Retyped> {
    const how = may_lose === null ? { preview: true } : { may_lose };
    return this.#send("POST", `${at(table)}/retype`, { column, type, table: target, ...how });
  }

  async rows(table: string, wanted: Wanted): Promise<Loaded> {
    const { offset, limit, sort, filters, search } = wanted;
    const query = new URLSearchParams({ offset: String(offset), limit: String(limit) });
    if (sort) query.set("sort", `${sort.isDown ? "-" : ""}${sort.column}`);
    if (filters.length) query.set("filter", write(filters as unknown as Json));
    if (search) query.set("search", search);
    const found = await this.#send<{ items: readonly Row[]; total: number }>("GET", `${at(table)}/rows?${query}`);
    return { rows: found.items, total: found.total };
  }

  row(table: string, id: number): Promise<Row> {
    return this.#send("GET", `${at(table)}/rows/${id}`);
  }

  choices(table: string, search: string): Promise<{ readonly items: readonly Choice[]; readonly total: number }> {
    return this.#send("GET", `${at(table)}/choices?${new URLSearchParams({ search, limit: "50" })}`);
  }

  /// Where the file in a cell is; a picture is shown, anything else downloaded.
  mediaAddress(table: string, row: Row, column: string): string {
    return `/api/v1${this.#base}${at(table)}/rows/${row.id}/media${at(column)}`;
  }

  /// Where a table is downloaded as CSV.
  exportAddress(table: string): string {
    return `/api/v1${this.#base}${at(table)}/csv`;
  }

  /// Bring in the rows of a CSV file, or only say what would come in.
  async importCsv(file: File, target: ImportTarget, isPreview: boolean): Promise<Imported> {
    const query = new URLSearchParams({ preview: String(isPreview) });
    if (target.kind === "new") {
      query.set("name", target.name || "table");
      if (target.types) query.set("types", JSON.stringify(target.types));
    } else if (target.columns) query.set("columns", JSON.stringify(target.columns));
    const path = target.kind === "new" ? `${this.#base}-from-csv` : `${this.#base}${at(target.table)}/csv`;
    const answer = await this.#api.request({ method: "POST", path: `${path}?${query}`, body: file, type: "text/csv" });
    return read<Imported>(await answer.text());
  }

  /// Put a file into a cell; an ApiError with status 409 when somebody changed the cell since it was read.
  async putMedia(table: string, row: Row, column: string, file: File): Promise<Row> {
    const query = new URLSearchParams({ name: file.name.slice(0, 200) });
    const path = `${this.#base}${at(table)}/rows/${row.id}/media${at(column)}?${query}`;
    const answer = await this.#api.request({
      method: "PUT",
      path,
      body: file,
      type: file.type || "application/octet-stream",
      revision: row.revision,
    });
    return read<Row>(await answer.text());
  }

  /// Delete rows; those that are gone don't matter.
  async deleteRows(table: string, ids: readonly number[], isLeaving = false): Promise<void> {
    for (let start = 0; start < ids.length; start += 1000) {
      const some = ids.slice(start, start + 1000);
      try {
        await this.#send("POST", `${at(table)}/changes`, { delete: some }, isLeaving);
      } catch (error) {
        if (!isGone(error)) throw error;
        for (const id of some) await this.#deleteRow(table, id);
      }
    }
  }

  async #deleteRow(table: string, id: number): Promise<void> {
    try {
      await this.#send("DELETE", `${at(table)}/rows/${id}`);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  /// How cells of a table are saved; `name` says what it is called by then.
  sender(name: () => string): Sender {
    return {
      change: (changes, isLeaving) => this.#change(name(), changes, isLeaving),
      add: (rows, isLeaving) => this.#add(name(), rows, isLeaving),
    };
  }

  /// All at once; when one can't be, the others without it.
  async #change(table: string, changes: readonly Change[], isLeaving: boolean): Promise<readonly Answer[]> {
    const answers = new Map<number, Answer>();
    for (;;) {
      const open = changes.filter((one) => !answers.has(one.id));
      if (!open.length) return changes.flatMap((one) => answers.get(one.id) ?? []);
      try {
        const made = await this.#changes(table, { change: open }, isLeaving);
        for (const row of made.changed) answers.set(row.id, { kind: "saved", row });
      } catch (error) {
        const bad = await this.#whichIsBad(table, open, error);
        answers.set(bad.id, bad.answer);
      }
    }
  }

  /// Which change made the site refuse all of them, and what became of it.
  async #whichIsBad(table: string, open: readonly Change[], error: unknown): Promise<{ id: number; answer: Answer }> {
    const refused = waitOr(error);
    const first = open[0]?.id ?? 0;
    const id = Number(refused.details.row ?? first);
    if (refused.status === 409 && open.some((one) => one.id === id))
      return { id, answer: await this.#changedRow(table, id) };
    if (open.length === 1) return { id: first, answer: { kind: "refused", message: refused.message } };
    // One by one: what can be saved is, and the first that can't is found.
    const [answer] = await this.#change(table, open.slice(0, 1), false);
    return { id: first, answer: answer ?? { kind: "refused", message: refused.message } };
  }

  async #changedRow(table: string, id: number): Promise<Answer> {
    try {
      return { kind: "conflict", row: await this.row(table, id) };
    } catch (error) {
      return { kind: "refused", message: waitOr(error).message };
    }
  }

  async #add(table: string, rows: readonly Values[], isLeaving: boolean): Promise<readonly Answer[]> {
    try {
      const made = await this.#changes(table, { add: rows }, isLeaving);
      return made.added.map((row) => ({ kind: "saved", row }));
    } catch (error) {
      const { message } = waitOr(error);
      return rows.map(() => ({ kind: "refused", message }));
    }
  }

  #changes(table: string, changes: unknown, isLeaving: boolean) {
    type Made = { readonly added: readonly Row[]; readonly changed: readonly Row[] };
    return this.#send<Made>("POST", `${at(table)}/changes`, changes, isLeaving);
  }

  async #send<T>(method: string, path: string, body?: unknown, keepalive = false): Promise<T> {
    const sent = { method, path: this.#base + path, keepalive, signal: AbortSignal.timeout(ANSWER_MS) };
    const answer = await this.#api.request(
      body === undefined ? sent : { ...sent, body: write(body as Json), type: "application/json" },
    );
    return answer.status === 204 ? (undefined as T) : read<T>(await answer.text());
  }
}

function at(name: string): string {
  return `/${encodeURIComponent(name)}`;
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/// What the site refused; throws Unreachable for what is to be tried again.
function waitOr(error: unknown): ApiError {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) throw new Unreachable("You are signed out. Sign in again in another tab; nothing is lost.");
  if (error.status === 0 || error.status === 408 || error.status >= 502) throw new Unreachable(error.message);
  if (error.status === 429 && error.details.quota === undefined) throw new Unreachable(error.message);
  return error;
}
