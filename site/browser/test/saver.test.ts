import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../src/api/client.ts";
import type { Files } from "../src/api/types.ts";
import { type SaveOptions, Saver, type SaveState, type SaveTarget } from "../src/editor/saver.ts";

/// The site's rules in memory: one widget with revisions and a draft, for any number of tabs.
class Site implements SaveTarget {
  readonly revisions: Files[];
  readonly messages: string[] = [""];
  kept: { files: Files; base_revision: number; version: number } | null = null;
  isDown = false;

  constructor(text = "first") {
    this.revisions = [{ "main.py": text }];
  }

  async saveFiles(_slug: string, files: Files, removed: readonly string[], base: number, options: SaveOptions) {
    this.#answer();
    if (base !== this.revisions.length) throw new ApiError(409, "conflict", "stale");
    if (options.draftVersion !== (this.kept?.version ?? 0)) throw new ApiError(409, "conflict", "unseen draft");
    this.messages.push(options.message ?? "");
    const merged: Record<string, Files[string]> = { ...this.revisions.at(-1), ...files };
    for (const path of removed) delete merged[path];
    this.revisions.push(merged);
    this.kept = null;
    return { revision: this.revisions.length };
  }

  async saveDraft(_slug: string, files: Files, base_revision: number, version: number) {
    this.#answer();
    if (version !== (this.kept?.version ?? 0)) throw new ApiError(409, "conflict", "another tab");
    this.kept = { files, base_revision, version: version + 1 };
    return { version: version + 1 };
  }

  async widget() {
    this.#answer();
    return { revision: this.revisions.length, files: this.revisions.at(-1) ?? {} };
  }

  async draft() {
    return this.kept;
  }

  async revision(_slug: string, number: number) {
    return { files: this.revisions[number - 1] ?? {} };
  }

  #answer(): void {
    if (this.isDown) throw new ApiError(0, "unreachable", "down");
  }
}

/// One tab: its text, its saver, and what it showed.
class Tab {
  text: string;
  merged: (number | null)[] = [];
  state: SaveState = { kind: "saving", revision: 0 };
  backup: Files | null = null;
  readonly saver: Saver;

  constructor(site: Site) {
    this.text = String(site.revisions[0]?.["main.py"]);
    this.saver = new Saver({
      target: site,
      slug: "a-b-c",
      base: site.revisions[0] ?? {},
      revision: 1,
      draftVersion: 0,
      saved_at_ms: 0,
      isDraft: false,
      collect: () => ({ "main.py": this.text }),
      replace: (files) => {
        this.text = String(files["main.py"]);
      },
      onState: (state) => {
        this.state = state;
      },
      backup: (files) => {
        this.backup = files;
      },
      onMerged: (revision) => this.merged.push(revision),
      delay_ms: 5,
    });
  }

  type(text: string): void {
    this.text = text;
    this.saver.touched();
  }

  async until(kind: SaveState["kind"]): Promise<void> {
    for (let tries = 0; this.state.kind !== kind; tries += 1) {
      assert.ok(tries < 400, `stayed ${this.state.kind} instead of ${kind}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

test("typing becomes a draft, and Save a revision without one", async () => {
  const site = new Site();
  const tab = new Tab(site);

  tab.type("second");
  assert.equal(tab.state.kind, "typing");
  await tab.until("draft");
  assert.equal(site.kept?.files["main.py"], "second");
  const revision = await tab.saver.save();

  assert.equal(revision, 2);
  assert.equal(tab.state.kind, "saved");
  assert.equal(site.kept, null);
  assert.equal(tab.backup, null);
});

test("saving what is saved makes no revision", async () => {
  const site = new Site();
  const tab = new Tab(site);

  assert.equal(await tab.saver.save(), 1);
  assert.equal(site.revisions.length, 1);
});

test("text stays in the browser while the site is down, and arrives when it is back", async () => {
  const site = new Site();
  const tab = new Tab(site);
  site.isDown = true;

  tab.type("kept");
  await tab.until("offline");
  assert.deepEqual(tab.backup, { "main.py": "kept" });
  site.isDown = false;
  await tab.until("draft");

  assert.equal(site.kept?.files["main.py"], "kept");
});

test("a tab without text of its own takes another tab's revision quietly", async () => {
  const site = new Site();
  const [writer, reader] = [new Tab(site), new Tab(site)];
  writer.type("written");
  await writer.saver.save();

  await reader.saver.noticed(2);

  assert.equal(reader.text, "written");
  assert.equal(reader.state.kind, "saved");
  assert.equal(reader.saver.revision, 2);
});

for (const winner of ["mine", "theirs"] as const) {
  test(`a conflict of two tabs shows both sides and loses neither when ${winner} wins`, async () => {
    const site = new Site();
    const [theirs, mine] = [new Tab(site), new Tab(site)];
    theirs.type("theirs");
    await theirs.saver.save();
    mine.type("mine");
    assert.equal(await mine.saver.save(), null);

    assert.equal(mine.state.kind, "conflict");
    if (mine.state.kind !== "conflict") return;
    assert.deepEqual(mine.state.conflict.mine, { "main.py": "mine" });
    assert.deepEqual(mine.state.conflict.theirs, { "main.py": "theirs" });
    await mine.saver.resolve({ "main.py": winner });

    const history = site.revisions.map((files) => files["main.py"]);
    assert.ok(history.includes("mine") && history.includes("theirs"), history.join());
    assert.equal(history.at(-1), winner);
    assert.equal(mine.text, winner);
    assert.equal(mine.state.kind, "saved");
  });
}

test("two tabs that only type notice each other's draft, and both texts stay", async () => {
  const site = new Site();
  const [first, second] = [new Tab(site), new Tab(site)];
  first.type("one");
  await first.until("draft");

  second.type("two");
  await second.until("conflict");
  await second.saver.resolve({ "main.py": "mine" });

  const history = site.revisions.map((files) => files["main.py"]);
  assert.deepEqual(history, ["first", "one", "two"]);
});

test("leaving keeps unsaved text in the browser and sends it", async () => {
  const site = new Site();
  const tab = new Tab(site);
  tab.text = "last words";

  tab.saver.leave();
  await new Promise((resolve) => setTimeout(resolve, 5));

  assert.deepEqual(tab.backup, { "main.py": "last words" });
  assert.equal(site.revisions.at(-1)?.["main.py"], "last words");
});

const LINES = "one\ntwo\nthree\nfour\nfive\n";

test("changes of two tabs in different places come together when they are saved", async () => {
  const site = new Site(LINES);
  const [first, second] = [new Tab(site), new Tab(site)];
  first.type(LINES.replace("one", "ONE"));
  await first.saver.save();

  second.type(LINES.replace("five", "FIVE"));
  const revision = await second.saver.save("Five");

  assert.equal(revision, 3);
  assert.equal(second.text, LINES.replace("one", "ONE").replace("five", "FIVE"));
  assert.equal(site.revisions.at(-1)?.["main.py"], second.text);
  assert.deepEqual(site.messages, ["", "", "Five"]);
  assert.deepEqual(second.merged, [2]);
  assert.equal(second.state.kind, "saved");
});

test("a revision that is noticed comes together with text that is typed", async () => {
  const site = new Site(LINES);
  const [writer, typist] = [new Tab(site), new Tab(site)];
  writer.type(LINES.replace("one", "ONE"));
  await writer.saver.save();
  typist.type(LINES.replace("five", "FIVE"));

  await typist.saver.noticed(2);
  await typist.until("draft");

  assert.equal(typist.text, LINES.replace("one", "ONE").replace("five", "FIVE"));
  assert.equal(site.kept?.files["main.py"], typist.text);
  assert.equal(site.kept?.base_revision, 2);
});

test("drafts of two tabs come together again and again", async () => {
  const site = new Site(LINES);
  const [first, second] = [new Tab(site), new Tab(site)];
  first.type(LINES.replace("one", "ONE"));
  await first.until("draft");
  second.type(LINES.replace("five", "FIVE"));
  await second.until("draft");
  assert.equal(second.text, LINES.replace("one", "ONE").replace("five", "FIVE"));

  first.type(first.text.replace("ONE", "Uno"));
  await first.until("draft");
  assert.equal(first.text, LINES.replace("one", "Uno").replace("five", "FIVE"));
  second.type(second.text.replace("three", "THREE"));
  await second.until("draft");

  assert.equal(second.text, LINES.replace("one", "Uno").replace("five", "FIVE").replace("three", "THREE"));
  assert.equal(site.kept?.files["main.py"], second.text);
  assert.equal(site.revisions.length, 1);
});

test("saving at once does not lose the draft of a tab that is gone", async () => {
  const site = new Site(LINES);
  const [gone, second] = [new Tab(site), new Tab(site)];
  gone.type(LINES.replace("one", "ONE"));
  await gone.until("draft");

  second.type(LINES.replace("five", "FIVE"));
  await second.saver.save();

  assert.equal(site.revisions.at(-1)?.["main.py"], LINES.replace("one", "ONE").replace("five", "FIVE"));
});

test("a draft that somebody discarded is no conflict", async () => {
  const site = new Site(LINES);
  const tab = new Tab(site);
  tab.type("typed\n");
  await tab.until("draft");
  site.kept = null;

  tab.type("typed more\n");
  await tab.until("draft");

  assert.deepEqual((site.kept as { files: Files } | null)?.files, { "main.py": "typed more\n" });
});

test("only what meets is asked about, and the rest of the other side is taken", async () => {
  const site = new Site(LINES);
  const [theirs, mine] = [new Tab(site), new Tab(site)];
  theirs.type(LINES.replace("one", "THEIRS"));
  await theirs.saver.save();
  mine.type(LINES.replace("one", "MINE"));
  await mine.saver.save();

  assert.equal(mine.state.kind, "conflict");
  if (mine.state.kind !== "conflict") return;
  assert.deepEqual(mine.state.conflict.paths, ["main.py"]);
  assert.equal(mine.state.conflict.base["main.py"], LINES);
});
