import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row, Values } from "../src/tables/shapes.ts";
import { type Answer, type Change, type Sender, Unreachable, Writes } from "../src/tables/writes.ts";

/// A table of a site in memory: a revision is the values that were read.
class Site implements Sender {
  readonly rows = new Map<number, Values>();
  readonly asked: string[] = [];
  isAway = false;
  refusal = "";

  row(id: number): Row {
    const values = this.rows.get(id) ?? {};
    return { id, values, labels: {}, revision: JSON.stringify(values) };
  }

  async change(changes: readonly Change[]): Promise<readonly Answer[]> {
    if (this.isAway) throw new Unreachable("The site can't be reached.");
    this.asked.push(changes.map((one) => `${one.id} ${JSON.stringify(one.values)}`).join("; "));
    return changes.map(({ id, values, revision }): Answer => {
      if (this.refusal) return { kind: "refused", message: this.refusal };
      const [seen, now] = [JSON.parse(revision) as Values, this.rows.get(id) ?? {}];
      const isOther = Object.keys(values).some((name) => (seen[name] ?? null) !== (now[name] ?? null));
      if (!isOther) this.rows.set(id, { ...now, ...values });
      return { kind: isOther ? "conflict" : "saved", row: this.row(id) };
    });
  }

  async add(rows: readonly Values[]): Promise<readonly Answer[]> {
    if (this.isAway) throw new Unreachable("The site can't be reached.");
    this.asked.push(`add ${rows.length}`);
    return rows.map((values): Answer => {
      const id = this.rows.size + 1;
      this.rows.set(id, values);
      return { kind: "saved", row: this.row(id) };
    });
  }
}

/// What a tab shows of it.
function opened(site: Site) {
  const shown = new Map<number, Row>();
  for (const id of site.rows.keys()) shown.set(id, site.row(id));
  const waits: (() => void)[] = [];
  const writes = new Writes(
    site,
    { stored: (_id, row) => void shown.set(row.id, row), changed: () => undefined },
    () => new Promise<void>((done) => waits.push(done)),
  );
  const type = (id: number, column: string, after: string | number | null) => {
    const row = shown.get(id) ?? { id, values: {}, labels: {}, revision: "{}" };
    writes.put(row, column, writes.value(id, column) ?? row.values[column] ?? null, after);
  };
  return { writes, type, waits };
}

function filled(): Site {
  const site = new Site();
  site.rows.set(1, { name: "Ann", age: 30 });
  site.rows.set(2, { name: "Bob", age: 40 });
  return site;
}

test("what is done at once goes in one request, and what is typed meanwhile follows it", async () => {
  const site = filled();
  const { writes, type } = opened(site);

  type(1, "name", "Anna");
  type(2, "age", 41);
  assert.equal(writes.state.kind, "saving");
  await Promise.resolve();
  type(1, "name", "Anne");
  type(1, "age", 31);
  assert.equal(writes.value(1, "name"), "Anne");
  await writes.flush();

  assert.deepEqual(site.rows.get(1), { name: "Anne", age: 31 });
  assert.equal(site.asked[0], '1 {"name":"Anna"}; 2 {"age":41}');
  assert.deepEqual([writes.state.kind, writes.problems, writes.value(1, "name")], ["saved", [], undefined]);
});

test("a cell that somebody changed meanwhile is not overwritten: both values are kept until one decides", async () => {
  const site = filled();
  const [mine, theirs] = [opened(site), opened(site)];
  theirs.type(1, "name", "Andrea");
  await theirs.writes.flush();

  mine.type(1, "name", "Anna");
  mine.type(1, "age", 31);
  await mine.writes.flush();

  assert.deepEqual(site.rows.get(1), { name: "Andrea", age: 31 });
  const [problem] = mine.writes.problems;
  assert.ok(problem?.theirs);
  assert.deepEqual([problem.column, problem.mine, problem.theirs.values.name], ["name", "Anna", "Andrea"]);
  assert.equal(mine.writes.value(1, "name"), "Anna");
  mine.writes.decide(problem, true);
  await mine.writes.flush();
  assert.deepEqual(site.rows.get(1), { name: "Anna", age: 31 });

  theirs.type(1, "age", 99);
  await theirs.writes.flush();
  const [other] = theirs.writes.problems;
  assert.ok(other);
  theirs.writes.decide(other, false);
  assert.deepEqual([theirs.writes.problems, theirs.writes.value(1, "age")], [[], undefined]);
  assert.equal(site.rows.get(1)?.age, 31);
});

test("a conflict that is of another cell, or of the same value, is none", async () => {
  const site = filled();
  const [mine, theirs] = [opened(site), opened(site)];
  theirs.type(1, "age", 35);
  theirs.type(2, "name", "Rob");
  await theirs.writes.flush();

  mine.type(1, "name", "Anna");
  mine.type(2, "name", "Rob");
  await mine.writes.flush();

  assert.deepEqual(mine.writes.problems, []);
  assert.deepEqual(site.rows.get(1), { name: "Anna", age: 35 });
});

test("while the site is away nothing is lost, and it is tried again", async () => {
  const site = filled();
  const { writes, type, waits } = opened(site);
  site.isAway = true;
  type(1, "name", "Anna");
  while (!waits.length) await Promise.resolve();
  assert.deepEqual(writes.state, { kind: "offline", message: "The site can't be reached." });

  type(1, "name", "Anne");
  assert.equal(writes.value(1, "name"), "Anne");
  assert.equal(await writes.flush(), false);
  site.isAway = false;
  assert.equal(await writes.flush(), true);

  assert.deepEqual(site.rows.get(1), { name: "Anne", age: 30 });
  assert.deepEqual(writes.problems, []);
});

test("cells of a row that the site is about to make go into that row", async () => {
  const site = filled();
  const { writes, type } = opened(site);
  writes.begin(-1);
  type(-1, "name", "Cid");
  await Promise.resolve();
  type(-1, "age", 5);
  await writes.flush();

  assert.equal(writes.idOf(-1), 3);
  assert.deepEqual(site.rows.get(3), { name: "Cid", age: 5 });
});

test("what the site refuses is kept with its reason", async () => {
  const site = filled();
  const { writes, type } = opened(site);
  site.refusal = "Table 'people' has no row 1.";
  type(1, "name", "Anna");
  await writes.flush();

  assert.equal(writes.problems[0]?.message, site.refusal);
  assert.equal(writes.value(1, "name"), "Anna");
  site.refusal = "";
  type(1, "name", "Anne");
  await writes.flush();
  assert.deepEqual(writes.problems, []);
  assert.equal(site.rows.get(1)?.name, "Anne");
});

test("what is typed over a value that the site refuses is what is kept", async () => {
  const site = filled();
  const { writes, type } = opened(site);
  site.refusal = "No.";
  type(1, "name", "Anna");
  await Promise.resolve();
  type(1, "name", "Anne");
  await writes.flush();

  assert.deepEqual(
    writes.problems.map((one) => one.mine),
    ["Anne"],
  );
});
