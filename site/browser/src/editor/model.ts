import { signal } from "@preact/signals";
import { Api } from "../api/client.ts";
import { Live } from "../api/live.ts";
import type { CodeFix, EditorData, FileContent, Files } from "../api/types.ts";
import { formWith } from "../designer/forms/form_place.ts";
import { RunForm } from "../run/run_form.ts";
import { AppRun } from "./app_run.ts";
import { type Backup, BackupShelf } from "./backup.ts";
import { ClientCode } from "./client_code.ts";
import type { CodeView } from "./code_view.ts";
import { Console } from "./console.ts";
import { isServed } from "./kinds.ts";
import { Language } from "./language.ts";
import { linesOf, nameOf, Packages } from "./packages.ts";
import { type FormView, preferences } from "./preferences.ts";
import { type Choice, Saver, type SaveState } from "./saver.ts";
import { lastPlace, type Place } from "./traceback.ts";
import type { Trials } from "./trials.ts";
import { byName, firstOf, MAIN, README, REQUIREMENTS, sameFiles } from "./workspace.ts";

export type DialogName =
  | "palette"
  | "shortcuts"
  | "new-file"
  | "new-form"
  | "rename"
  | "message"
  | "settings"
  | "tour"
  | "theme";

/// The state of one editor page, and what can be done with it. Components only draw it.
export class EditorModel {
  readonly data: EditorData;
  readonly api: Api;
  readonly console: Console;
  readonly packages: Packages;
  readonly form: RunForm;
  /// Checks, formatting and the language server.
  readonly language: Language;
  /// Checks of a GUI's client code; null for other widgets.
  readonly clientCode: ClientCode | null;
  /// What a quick fix or the designer did last: texts of files before and after (null: there is none).
  readonly mended = signal<{
    readonly done: string;
    readonly before: Readonly<Record<string, string | null>>;
    readonly after: Readonly<Record<string, string | null>>;
  } | null>(null);
  /// A GUI that runs beside its code.
  readonly app: AppRun;
  /// The requests that are tried, of an HTTP API: there with the request pane.
  trials: Trials | null = null;
  /// The lines of requirements.txt that ask for something.
  readonly requirements = signal<readonly string[]>([]);
  readonly files = signal<readonly string[]>([]);
  readonly open = signal<readonly string[]>([]);
  readonly active = signal("");
  readonly save_state = signal<SaveState>({ kind: "typing", revision: 0 });
  readonly notice = signal("");
  readonly is_connected = signal(true);
  readonly pane = signal<"code" | "console" | "request" | "app">("code");
  /// How a form of a GUI is shown, as it was chosen last.
  readonly form_view = signal<FormView>(preferences.value.form_view);
  /// Whether a Markdown file is shown as the page that it makes.
  readonly is_preview = signal(false);
  /// Counts up with every change of the text.
  readonly edits = signal(0);
  readonly latest_only = signal(false);
  /// When the code was changed last: who types there does not want to lose the focus.
  typed_ms = 0;
  readonly dialog = signal<DialogName | null>(null);
  readonly #contents = new Map<string, FileContent>();
  readonly #shelf: BackupShelf;
  readonly #kept: Promise<Backup | null>;
  #code: CodeView | null = null;
  #saver: Saver | null = null;
  #begun: (saver: Saver) => void = () => undefined;
  /// For what is asked for by whoever was faster than the page.
  readonly #saving = new Promise<Saver>((resolve) => {
    this.#begun = resolve;
  });

  constructor(data: EditorData) {
    this.data = data;
    this.api = new Api(data.csrf);
    this.packages = new Packages(this.api, data.slug);
    this.form = new RunForm(this.api, data.slug);
    this.language = new Language(data.slug);
    this.clientCode =
      data.kind !== "gui"
        ? null
        : new ClientCode({
            files: () => this.collect(),
            ask: (path, files) => this.api.checkClientCode(data.slug, path, files),
            mend: (fix, checked) => this.#mend(fix, checked),
          });
    this.app = new AppRun(new URL(data.url).origin, () => this.files.value);
    let seen: string | null = null;
    this.packages.state.subscribe((state) => {
      if (!state) return;
      // What the tools see now; of packages that are still on their way, nothing.
      const now = state.status === "ready" ? state.packages.join() : (seen ?? "none yet");
      if (seen !== null && seen !== now) this.language.restart();
      seen = now;
    });
    this.#shelf = new BackupShelf(data.slug);
    this.#kept = this.#shelf.take();
    const live = new Live(
      this.api,
      data.slug,
      (changed) => {
        if (changed.what === "revision") void this.#saver?.noticed(changed.revision ?? 0);
        if (changed.what === "widget") void this.packages.refresh();
        if (changed.what === "run" && changed.run) this.console.noticed(changed.run);
      },
      (isConnected) => {
        this.is_connected.value = isConnected;
        if (isConnected) void this.#catchUp();
      },
    );
    this.console = new Console(this.api, live, (text, revision) => this.#showProblem(text, revision));
  }

  /// The code view is on screen: show the text, and whatever this browser kept from an earlier visit.
  async begin(code: CodeView): Promise<void> {
    this.#code = code;
    const { data } = this;
    const known = data.draft?.files ?? data.files;
    const kept = await this.#kept;
    const isBack = kept !== null && !sameFiles(kept.files, known);
    this.#replace(kept?.files ?? known);
    this.openFile(this.#first());
    if (isBack) this.notice.value = "Brought back text that had not reached the site.";
    const began = await this.#beganFrom(kept?.revision ?? data.draft?.base_revision ?? data.revision);
    const saver = new Saver({
      target: this.api,
      slug: data.slug,
      base: began.files,
      revision: began.revision,
      draftVersion: data.draft?.version ?? 0,
      saved_at_ms: data.draft?.saved_at_ms ?? data.saved_at_ms,
      isDraft: data.draft !== null,
      collect: () => this.collect(),
      replace: (files) => this.#replace(files),
      onState: (state) => {
        this.save_state.value = state;
        if (state.kind === "saved") {
          this.#savedPackages();
          void this.#tellBroken();
        }
        if (state.kind === "saved" && !isServed(data.kind)) void this.form.refresh(state.revision);
      },
      backup: (files, revision) => this.#shelf.keep(files, revision),
      onMerged: (revision) => {
        const what = revision === null ? "Text from another tab" : `What revision ${revision} changed`;
        this.notice.value = `${what} came together with yours.`;
      },
    });
    this.#saver = saver;
    // What was kept, and what was typed since the text is on screen.
    if (!sameFiles(this.collect(), known)) saver.touched();
    this.#begun(saver);
    void this.packages.refresh();
    if (!isServed(data.kind)) void this.form.refresh();
    await saver.noticed(data.revision);
    this.console.fill(await this.api.runs(data.slug).catch(() => []));
  }

  /// Every file as it is now.
  collect(): Files {
    const files: Record<string, FileContent> = {};
    for (const [path, content] of this.#contents) {
      files[path] = typeof content === "string" ? (this.#code?.text(path) ?? content) : content;
    }
    return files;
  }

  /// The text of a file as it is now; null for one that is not there or no text.
  text(path: string): string | null {
    return this.isText(path) ? (this.#code?.text(path) ?? null) : null;
  }

  /// Any file as it is now; null for none.
  content(path: string): FileContent | null {
    return this.text(path) ?? this.#contents.get(path) ?? null;
  }

  /// Make a file say something else, as if somebody had typed it; one that is not there is made, and not shown.
  write(path: string, content: FileContent): void {
    if (typeof content === "string" && this.#code?.change(path, content)) return;
    this.#contents.set(path, content);
    if (typeof content === "string") this.#code?.add(path, content);
    this.#list();
    this.touched();
  }

  /// Whether the active file is text that can be edited.
  isText(path: string): boolean {
    return typeof this.#contents.get(path) === "string";
  }

  touched(): void {
    this.edits.value += 1;
    this.typed_ms = Date.now();
    this.#saver?.touched();
  }

  /// Make a revision, which says `message` in the history.
  async save(message = ""): Promise<void> {
    const saver = await this.#saving;
    const before = saver.revision;
    const made = await saver.save(message);
    if (message && made === before)
      this.notice.value = `Nothing changed since revision ${made}: there is nothing to save.`;
  }

  async run(): Promise<void> {
    if (this.data.kind === "api") return this.tryRequest();
    if (this.data.kind === "gui") return this.runApp();
    this.pane.value = "console";
    this.#code?.mark(null);
    const revision = await (await this.#saving).save();
    if (!revision) return;
    await this.form.refresh(revision);
    const given = this.form.submit();
    if (given) await this.console.start(this.data.slug, revision, given);
  }

  /// Save, and run the app beside its code.
  async runApp(): Promise<void> {
    if (!(await (await this.#saving).save())) return;
    this.pane.value = "app";
    // There is no room for the drawn form and the running one side by side.
    if (this.form_view.value === "design") this.form_view.value = "code";
    this.app.start();
  }

  /// Save, and open the app as its owner may: also while it is private.
  async openApp(): Promise<void> {
    if (await (await this.#saving).save()) open(`/w/${this.data.slug}/preview`, `app-${this.data.slug}`);
  }

  /// Save, and send the request of the request pane to what was saved.
  async tryRequest(): Promise<void> {
    const revision = await (await this.#saving).save();
    if (!revision) {
      if (this.trials) this.trials.problem.value = "Not sent: the code could not be saved.";
      return;
    }
    await this.trials?.send();
  }

  /// Ask for one more package (or another version of it): a new revision, whose packages are installed by the site.
  async addPackage(line: string): Promise<void> {
    const others = this.requirements.value.filter((other) => nameOf(other) !== nameOf(line));
    await this.#setRequirements([...others, line]);
  }

  async removePackage(line: string): Promise<void> {
    await this.#setRequirements(this.requirements.value.filter((other) => other !== line));
  }

  /// What a run lacked: add it, wait for it, run again.
  async addAndRun(name: string): Promise<void> {
    await this.addPackage(name);
    if (this.packages.state.value?.status === "ready" && this.data.kind === "script") await this.run();
  }

  /// Take back what the last quick fix did, in all of its files.
  unmend(): void {
    const mended = this.mended.value;
    this.mended.value = null;
    this.notice.value = "";
    if (!mended) return;
    const now = this.collect();
    if (Object.entries(mended.after).some(([path, text]) => (now[path] ?? null) !== text)) {
      this.notice.value = "Not undone: its files were changed since. Ctrl+Z undoes it in each of them.";
      return;
    }
    for (const [path, text] of Object.entries(mended.before)) {
      if (text === null) this.deleteFile(path);
      else this.write(path, text);
    }
    this.touched();
  }

  stop(): void {
    const running = this.console.runs.value.find((item) => item.phase === "starting" || item.phase === "running");
    if (running) this.console.stop(running.id);
  }

  async resolve(choices: Readonly<Record<string, Choice>>): Promise<void> {
    await this.#saver?.resolve(choices);
  }

  keep(): void {
    this.#saver?.keep();
  }

  hurry(): void {
    this.#saver?.hurry();
  }

  leave(): void {
    this.#saver?.leave();
  }

  openFile(path: string): void {
    if (!this.#contents.has(path)) return;
    if (!this.open.value.includes(path)) this.open.value = [...this.open.value, path];
    this.active.value = path;
    this.#code?.show(path);
  }

  closeTab(path: string): void {
    const rest = this.open.value.filter((other) => other !== path);
    if (rest.length === 0) return;
    this.open.value = rest;
    if (this.active.value === path) this.openFile(rest.at(-1) ?? MAIN);
  }

  /// Open the README, made when there is none.
  openReadme(): void {
    this.pane.value = "code";
    if (this.#contents.has(README)) this.openFile(README);
    else this.addFile(README, `# ${this.data.title}\n\n`);
  }

  addFile(path: string, text = ""): void {
    this.write(path, text);
    this.openFile(path);
    this.#code?.focus();
  }

  renameFile(from: string, to: string): void {
    const content = this.collect()[from];
    if (content === undefined) return;
    const wasOpen = this.open.value.includes(from);
    this.#drop(from);
    this.write(to, content);
    if (wasOpen) this.openFile(to);
  }

  deleteFile(path: string): void {
    if (path === MAIN) return;
    this.#drop(path);
    this.#list();
    if (this.active.value === path) this.openFile(this.open.value.at(-1) ?? this.files.value[0] ?? MAIN);
    this.touched();
  }

  goTo(place: Place): void {
    this.openFile(place.path);
    this.#inCode(() => this.#code?.goTo(place.line));
  }

  /// Do something in the code of the file that is open, when it is no longer hidden behind the drawn form.
  #inCode(act: () => void): void {
    this.pane.value = "code";
    if (this.form_view.value !== "design") {
      act();
      return;
    }
    if (formWith(this.active.value, this.files.value)) this.form_view.value = "code";
    // What is hidden yet takes no focus.
    requestAnimationFrame(act);
  }

  /// Let the tools of the code do something; what they say is told.
  useTools(what: "format" | "goToDefinition" | "rename"): void {
    this.#inCode(async () => {
      this.notice.value = (await this.#code?.tools[what]()) ?? "";
    });
  }

  find(): void {
    this.#inCode(() => void this.#code?.find());
  }

  focusCode(): void {
    this.#inCode(() => this.#code?.focus());
  }

  /// Do what a quick fix offers, in all of its files at once.
  #mend(fix: CodeFix, checked: Readonly<Record<string, string>>): void {
    const now = this.collect();
    const paths = Object.keys(fix.files);
    if (paths.some((path) => now[path] !== checked[path])) {
      this.notice.value = "The code was changed in the meantime: what can be done is looked up anew.";
      return;
    }
    for (const [path, text] of Object.entries(fix.files)) this.write(path, text);
    const before = Object.fromEntries(paths.map((path) => [path, checked[path] ?? null]));
    this.mended.value = { done: fix.done, before, after: fix.files };
    this.notice.value = fix.done;
  }

  /// Saving keeps a template that is none, too; its author is told.
  async #tellBroken(): Promise<void> {
    const broken = Object.entries((await this.clientCode?.broken()) ?? {});
    const [first] = broken;
    if (!first) return;
    const more = broken.length > 1 ? ` So are ${broken.length - 1} more.` : "";
    this.notice.value = `Saved, but ${first[0]} is broken, so its form does not show. ${first[1]}${more}`;
  }

  /// The revision that text of an earlier visit was typed after. One that can't be read is taken for empty: then both
  /// sides are shown wherever they differ, and nothing of the newer revision is undone unseen.
  async #beganFrom(number: number): Promise<{ files: Files; revision: number }> {
    const { slug, files, revision } = this.data;
    if (number >= revision) return { files, revision };
    const old = await this.api.revision(slug, number).catch(() => ({ files: {} }));
    return { files: old.files, revision: number };
  }

  /// Ask for what the live connection did not tell while it was away.
  async #catchUp(): Promise<void> {
    this.#saver?.hurry();
    this.console.caughtUp(await this.api.runs(this.data.slug).catch(() => []));
    const latest = await this.api.widget(this.data.slug).catch(() => null);
    if (latest) await this.#saver?.noticed(latest.revision);
  }

  async #setRequirements(lines: readonly string[]): Promise<void> {
    const text = lines.map((line) => `${line}\n`).join("");
    const wasShown = this.active.value === REQUIREMENTS;
    if (wasShown) this.openFile(MAIN);
    if (!text) this.#drop(REQUIREMENTS);
    else {
      this.#contents.set(REQUIREMENTS, text);
      this.#code?.add(REQUIREMENTS, text);
    }
    this.#list();
    if (wasShown && text) this.openFile(REQUIREMENTS);
    this.touched();
    await this.save();
    await this.packages.settled(lines);
  }

  /// A revision was saved: what it asks for may have changed.
  #savedPackages(): void {
    const before = this.requirements.value.join("\n");
    this.#listRequirements();
    const known = this.packages.state.value?.requirements.join("\n");
    if (before !== this.requirements.value.join("\n") || known !== this.requirements.value.join("\n"))
      void this.packages.refresh();
  }

  #listRequirements(): void {
    const text = this.collect()[REQUIREMENTS];
    this.requirements.value = typeof text === "string" ? linesOf(text) : [];
  }

  #showProblem(text: string, revision: number): void {
    const place = lastPlace(text, this.files.value);
    // Lines of an older revision may have moved.
    if (!place || revision !== this.#saver?.revision) return;
    this.openFile(place.path);
    this.#code?.mark({ line: place.line, message: text.trimEnd().split("\n").at(-1) ?? text });
  }

  #replace(files: Files): void {
    this.#contents.clear();
    for (const [path, content] of Object.entries(files)) this.#contents.set(path, content);
    this.#code?.load(files);
    this.#list();
    this.edits.value += 1;
    this.open.value = this.open.value.filter((path) => this.#contents.has(path));
    if (!this.#contents.has(this.active.value)) this.openFile(this.#first());
  }

  #first(): string {
    const manifest = this.#contents.get("anvil.yaml");
    return firstOf(this.files.value, typeof manifest === "string" ? manifest : "");
  }

  #drop(path: string): void {
    this.#contents.delete(path);
    this.#code?.remove(path);
    this.open.value = this.open.value.filter((other) => other !== path);
  }

  #list(): void {
    this.files.value = [...this.#contents.keys()].sort(byName);
    this.#listRequirements();
  }
}
