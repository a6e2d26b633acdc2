/// What was typed on its way to the site: row by row, in order, each cell with the value that was there before.
/// Nothing typed is lost: what the site can't take now waits, what it refuses and what others changed meanwhile is kept
/// as a problem that somebody decides.
import { type Json, same } from "./exact.ts";
import type { Row, Values } from "./shapes.ts";

export interface Change {
  readonly id: number;
  readonly values: Values;
  /// The revision of the row in which the changed cells were seen.
  readonly revision: string;
}

/// What became of a change: the row as it is now, or why it was not made.
export type Answer =
  | { readonly kind: "saved"; readonly row: Row }
  | { readonly kind: "conflict"; readonly row: Row }
  | { readonly kind: "refused"; readonly message: string };

export interface Sender {
  /// Make changes, each wholly or not at all; throws `Unreachable` when the site can't say now.
  change(changes: readonly Change[], isLeaving: boolean): Promise<readonly Answer[]>;
  /// Add rows with these values, or none at all.
  add(rows: readonly Values[], isLeaving: boolean): Promise<readonly Answer[]>;
}

/// The site can't be reached, or is too busy: to be tried again.
export class Unreachable extends Error {}

/// A cell whose value was not saved.
export interface Problem {
  readonly id: number;
  readonly column: string;
  readonly mine: Json;
  /// The row as it is now, when somebody else changed the cell.
  readonly theirs: Row | null;
  readonly message: string;
}

export type SaveState =
  | { readonly kind: "saved" }
  | { readonly kind: "saving"; readonly rows: number }
  | { readonly kind: "offline"; readonly message: string };

interface Cell {
  readonly before: Json;
  readonly after: Json;
  /// The revision of the row in which `before` was seen; empty when that is what is on its way.
  readonly revision: string;
}

type Cells = Map<string, Cell>;

interface Listener {
  /// The site has this row now; `id` is what it was called here.
  stored(id: number, row: Row): void;
  /// State or problems are others now.
  changed(): void;
}

/// Rows in one request.
const AT_ONCE = 200;
const WAITS_MS = [500, 1000, 2000, 5000, 10_000];

export class Writes {
  readonly #sender: Sender;
  readonly #listener: Listener;
  readonly #wait: (delay_ms: number) => Promise<void>;
  #pending = new Map<number, Cells>();
  #sending = new Map<number, Cells>();
  #running: Promise<void> | null = null;
  #ids = new Map<number, number>();
  #failures = 0;
  #hurry: () => void = () => undefined;
  /// Who waits for the end of what is being done.
  #waiting: (() => void)[] = [];
  problems: readonly Problem[] = [];
  state: SaveState = { kind: "saved" };

  constructor(
    sender: Sender,
    listener: Listener,
    wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms)),
  ) {
    this.#sender = sender;
    this.#listener = listener;
    this.#wait = wait;
  }

  /// What a row is called by now.
  idOf(id: number): number {
    return this.#ids.get(id) ?? id;
  }

  /// What a cell is to hold, undefined when it holds what the site said last.
  value(id: number, column: string): Json | undefined {
    const cell = this.#pending.get(id)?.get(column) ?? this.#sending.get(id)?.get(column);
    return cell ? cell.after : this.#problem(id, column)?.mine;
  }

  /// Whether anything is not saved.
  get isBusy(): boolean {
    return this.#pending.size > 0 || this.#sending.size > 0;
  }

  /// Save a cell of a row that is shown; `before` is what was seen in it. Rows with an id below 0 are new.
  put(row: Row, column: string, before: Json, after: Json): void {
    const problem = this.#problem(row.id, column);
    if (problem) this.#settle([problem]);
    const first = this.#pending.get(row.id)?.get(column) ?? {
      before: problem?.theirs ? (problem.theirs.values[column] ?? null) : before,
      revision: this.#sending.get(row.id)?.has(column) ? "" : (problem?.theirs ?? row).revision,
    };
    this.#set(row.id, column, { ...first, after });
    this.#start();
  }

  /// Add a row that holds nothing yet.
  begin(id: number): void {
    this.#pending.set(id, new Map());
    this.#start();
  }

  /// Forget a row: it was deleted.
  drop(ids: ReadonlySet<number>): void {
    for (const id of ids) this.#pending.delete(id);
    this.problems = this.problems.filter((one) => !ids.has(one.id));
    this.#listener.changed();
  }

  /// Decide a problem: write what was typed here over what is there, or keep that.
  decide(problem: Problem, isMine: boolean): void {
    this.#settle([problem]);
    if (isMine && problem.theirs)
      this.put(problem.theirs, problem.column, problem.theirs.values[problem.column] ?? null, problem.mine);
    this.#listener.changed();
  }

  /// Wait until all is saved, or can't be for now; true when it is.
  async flush(): Promise<boolean> {
    this.hurry();
    if (this.#running) await new Promise<void>((done) => this.#waiting.push(done));
    return !this.isBusy;
  }

  /// Try again now, if it waits.
  hurry(): void {
    this.#hurry();
  }

  /// The page is being left: send what there is. What is on its way may not have arrived; a change that is made already
  /// is not made twice, since its row has another revision then.
  leave(): void {
    for (const [id, cells] of this.#sending)
      if (id > 0) void this.#sender.change([changeOf(id, cells)], true).catch(() => undefined);
    for (const [id, cells] of this.#pending) {
      if (id < 0) void this.#sender.add([values(cells)], true).catch(() => undefined);
      else void this.#sender.change([changeOf(id, cells)], true).catch(() => undefined);
    }
  }

  #problem(id: number, column: string): Problem | undefined {
    return this.problems.find((one) => one.id === id && one.column === column);
  }

  #settle(problems: readonly Problem[]): void {
    this.problems = this.problems.filter((one) => !problems.includes(one));
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
      this.#release();
    });
    this.#tell();
  }

  async #run(): Promise<void> {
    // What is done at once goes in one request.
    await Promise.resolve();
    while (this.#pending.size) {
      this.#take();
      this.#tell();
      try {
        await this.#send();
        this.#failures = 0;
      } catch (error) {
        this.#putBack();
        if (!(error instanceof Unreachable)) throw error;
        this.state = { kind: "offline", message: error.message };
        this.#listener.changed();
        this.#release();
        const delay_ms = WAITS_MS[Math.min(this.#failures, WAITS_MS.length - 1)] ?? 0;
        this.#failures += 1;
        await Promise.race([
          this.#wait(delay_ms),
          new Promise<void>((done) => {
            this.#hurry = done;
          }),
        ]);
      }
    }
    this.#tell();
  }

  /// Take the first rows: either new ones or ones that are there; of each the cells that were seen at the same time.
  #take(): void {
    const isNew = (this.#pending.keys().next().value ?? 0) < 0;
    for (const [id, cells] of [...this.#pending]) {
      if (id < 0 !== isNew || this.#sending.size >= AT_ONCE) break;
      const [first] = cells.values();
      const taken = [...cells].filter(([, cell]) => cell.revision === first?.revision);
      for (const [column] of taken) cells.delete(column);
      if (!cells.size) this.#pending.delete(id);
      this.#sending.set(id, new Map(taken));
    }
  }

  async #send(): Promise<void> {
    const sent = [...this.#sending];
    const isNew = (sent[0]?.[0] ?? 0) < 0;
    const answers = isNew
      ? await this.#sender.add(
          sent.map(([, cells]) => values(cells)),
          false,
        )
      : await this.#sender.change(
          sent.map(([id, cells]) => changeOf(id, cells)),
          false,
        );
    this.#sending = new Map();
    sent.forEach(([id, cells], index) => {
      const answer = answers[index];
      if (answer) this.#answered(id, cells, answer);
    });
  }

  #answered(id: number, cells: Cells, answer: Answer): void {
    if (answer.kind === "refused") {
      for (const [column, cell] of cells) {
        const mine = this.#pending.get(id)?.get(column)?.after ?? cell.after;
        this.#fail({ id, column, mine, theirs: null, message: answer.message });
      }
      return;
    }
    const { row } = answer;
    if (id < 0) this.#rename(id, row.id);
    for (const [column, cell] of this.#pending.get(row.id) ?? [])
      if (!cell.revision) this.#set(row.id, column, { ...cell, revision: row.revision });
    if (answer.kind === "conflict") this.#compare(id, cells, row);
    this.#listener.stored(id, row);
  }

  /// Somebody else was there: cells that they left alone are written all the same.
  #compare(id: number, cells: Cells, row: Row): void {
    for (const [column, { before, after }] of cells) {
      const theirs = row.values[column] ?? null;
      if (same(theirs, after)) continue;
      const newest = this.#pending.get(id)?.get(column)?.after ?? after;
      if (same(theirs, before)) this.#set(id, column, { before, after: newest, revision: row.revision });
      else this.#fail({ id, column, mine: newest, theirs: row, message: "Somebody changed this cell meanwhile." });
    }
  }

  #set(id: number, column: string, cell: Cell): void {
    const cells = this.#pending.get(id) ?? new Map<string, Cell>();
    cells.set(column, cell);
    this.#pending.set(id, cells);
  }

  #fail(problem: Problem): void {
    this.problems = [...this.problems, problem];
    const cells = this.#pending.get(problem.id);
    if (cells?.delete(problem.column) && cells.size === 0) this.#pending.delete(problem.id);
  }

  #rename(id: number, real: number): void {
    this.#ids.set(id, real);
    const cells = this.#pending.get(id);
    if (!cells) return;
    this.#pending.delete(id);
    this.#pending.set(real, cells);
  }

  /// What could not be sent goes first again, beneath what was typed since.
  #putBack(): void {
    const waiting = this.#pending;
    this.#pending = new Map(this.#sending);
    this.#sending = new Map();
    for (const [id, cells] of waiting) {
      const earlier = this.#pending.get(id);
      if (!earlier) this.#pending.set(id, cells);
      else
        for (const [column, cell] of cells)
          earlier.set(column, { ...(earlier.get(column) ?? cell), after: cell.after });
    }
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const done of waiting) done();
  }

  #tell(): void {
    const rows = this.#pending.size + this.#sending.size;
    this.state = rows ? { kind: "saving", rows } : { kind: "saved" };
    this.#listener.changed();
  }
}

function values(cells: Cells): Values {
  return Object.fromEntries([...cells].map(([column, cell]) => [column, cell.after]));
}

function changeOf(id: number, cells: Cells): Change {
  return { id, values: values(cells), revision: [...cells.values()][0]?.revision ?? "" };
}
