/// Anything that is done in the designer, in any order, on any form: the text means what plain objects mean, and undo
/// and redo are exact. A run that fails is told with its seed and the fewest steps that still fail.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Designer, type Editor } from "../src/designer/designer.ts";
import type { Operation, Part, Source } from "../src/designer/texts/template.ts";
import { Template } from "../src/designer/texts/template.ts";
import type { Dice, Plain, PlainForm, Values } from "./random_forms.ts";
import * as random from "./random_forms.ts";

const TEMPLATE = "client_code/Form1/form_template.yaml";
const CODE = "client_code/Form1/__init__.py";

/// A form with its Python, as a person thinks of it: objects, and words that are names or not.
class Model {
  form: PlainForm;
  words: { readonly text: string; readonly isName: boolean }[];

  constructor(form: PlainForm, words: Model["words"]) {
    this.form = form;
    this.words = words;
  }

  copy(): Model {
    return new Model(structuredClone(this.form), [...this.words]);
  }

  get code(): string {
    return this.words.map(({ text }) => text).join("");
  }

  /// Every component before what is in it; the container is not one.
  get all(): Plain[] {
    const inside = (one: Plain): Plain[] => [one, ...one.children.flatMap(inside)];
    return this.top.flatMap(inside);
  }

  get top(): Plain[] {
    return this.form.slots ? this.form.slots.flatMap(([, all]) => all) : this.form.components;
  }

  /// The list that a component is in.
  around(one: Plain): Plain[] {
    const lists = [this.form.components, ...(this.form.slots ?? []).map(([, all]) => all)];
    return [...lists, ...this.all.map(({ children }) => children)].find((all) => all.includes(one)) as Plain[];
  }

  put(made: Plain, parent: Plain | null, index: number, slot: string): void {
    if (parent) parent.children.splice(index, 0, made);
    else if (!this.form.slots) this.form.components.splice(index, 0, made);
    else {
      const before = this.top.slice(0, index);
      const known = this.form.slots.find(([name]) => name === slot);
      const all = known?.[1] ?? [];
      if (!known) this.form.slots.push([slot, all]);
      all.splice(before.filter((one) => all.includes(one)).length, 0, made);
    }
  }

  /// What the designer should find in the text.
  parts(): unknown {
    const part = (one: Plain): unknown => ({
      ...one,
      type: one.type,
      name: /^\w+$/.test(one.name) ? one.name : "",
      children: one.children.map(part),
    });
    const { slots, properties, type, components } = this.form;
    const slotted = ([slot, all]: [string, Plain[]]) =>
      all.map((one) => part({ ...one, layout: { ...one.layout, slot } }));
    const children = slots ? slots.flatMap(slotted) : components.map(part);
    return { type: slots ? "form:Frame" : type, properties, children };
  }
}

function found(part: Part): unknown {
  const { name, type, properties, layout, events, bindings, children } = part;
  return { name, type, properties, layout, events, bindings, children: children.map(found) };
}

function readBack(template: Template): unknown {
  const { type, properties, children } = template.root;
  return { type, properties, children: children.map(found) };
}

/// A designer beside its model, and what both were before each step.
class Bench {
  readonly files = new Map<string, string>();
  readonly designer: Designer;
  model: Model;
  readonly done: Model[] = [];
  undone: Model[] = [];
  #names = 0;

  constructor(dice: Dice) {
    const form = random.form(dice, this.fresh);
    this.model = new Model(form, []);
    this.model.words = wordsOf(dice, this.model);
    this.files.set(TEMPLATE, random.written(dice, form));
    this.files.set(CODE, this.model.code);
    const editor: Editor = {
      text: (path) => this.files.get(path) ?? null,
      write: (path, text) => void this.files.set(path, text),
      paths: () => [...this.files.keys()],
      goTo: () => {},
    };
    this.designer = new Designer({ name: "Form1", template: TEMPLATE, code: CODE }, editor);
  }

  readonly fresh = (): string => {
    this.#names += 1;
    return `c${this.#names}`;
  };

  get texts(): readonly [string, string] {
    return [this.files.get(TEMPLATE) as string, this.files.get(CODE) as string];
  }

  get template(): Template {
    assert.equal(this.designer.problem.value, "");
    return this.designer.template.value as Template;
  }

  /// The id of a component of the model, by its place.
  id(one: Plain): string {
    return ([...this.template.parts][this.model.all.indexOf(one) + 1] as Part).id;
  }

  /// One step, by chance.
  step(dice: Dice): void {
    const before = this.texts;
    const [known, code] = [this.model.copy(), this.model.code];
    const kind = dice.below(100);
    if (kind < 10) this.#back();
    else if (kind < 16) this.#again();
    if (kind < 16) return;
    STEPS[dice.below(STEPS.length)]?.(this, dice);
    if (before.every((text, at) => text === this.texts[at])) {
      assert.equal(this.model.code, code);
      return;
    }
    this.done.push(known);
    this.undone = [];
  }

  #back(): void {
    this.designer.undo();
    const before = this.done.pop();
    if (!before) return;
    this.undone.push(this.model);
    this.model = before;
  }

  #again(): void {
    this.designer.redo();
    const after = this.undone.pop();
    if (!after) return;
    this.done.push(this.model);
    this.model = after;
  }

  check(): void {
    const [text, code] = this.texts;
    assert.deepEqual(readBack(this.template), this.model.parts());
    assert.equal(this.template.text, text);
    assert.equal(code, this.model.code);
    // What was read piece by piece is what reading the whole finds.
    assert.deepEqual(readBack(new Template(text)), readBack(this.template));
    assert.match(text, /^is_package: true$/m);
  }
}

/// Python that names components and handlers, and says some of their names where they mean nothing.
function wordsOf(dice: Dice, model: Model): Model["words"] {
  const words: Model["words"] = [];
  const say = (text: string, isName = false) => words.push({ text, isName });
  say(
    "class Form1(Form1Template):\n    def __init__(self, **properties):\n        self.init_components(**properties)\n",
  );
  for (const one of model.all.filter(({ name }) => /^c\d+$/.test(name) && dice.often(40))) {
    say("        self.");
    say(one.name, true);
    say(`.text = "self.${one.name}"  # self.${one.name}\n        other.${one.name} = ${one.name} = 1\n`);
  }
  const handlers = model.all.flatMap(({ events }) => Object.values(events)).filter(() => dice.often(60));
  for (const handler of new Set(handlers)) {
    say("\n    def ");
    say(handler, true);
    say("(self, **event_args):\n        self.");
    say(handler, true);
    say("()\n");
  }
  return words;
}

type Step = (bench: Bench, dice: Dice) => void;

function does(bench: Bench, operations: readonly Operation[]): void {
  assert.ok(bench.designer.change("A step", operations), `${bench.designer.said.value} ${JSON.stringify(operations)}`);
}

/// A place for a component that is not in `moving`.
function place(bench: Bench, dice: Dice, moving?: Plain): { parent: Plain | null; index: number; slot: string } {
  const isInside = (one: Plain, top: Plain): boolean =>
    one === top || top.children.some((child) => isInside(one, child));
  const panels = bench.model.all.filter((one) => random.isPanel(one) && !(moving && isInside(one, moving)));
  const parent = dice.often(40) || panels.length === 0 ? null : dice.one(panels);
  const others = (parent?.children ?? bench.model.top).filter((one) => one !== moving);
  return { parent, index: dice.below(others.length + 1), slot: dice.one(["main", "side", "new"]) };
}

function someone(bench: Bench, dice: Dice): Plain | undefined {
  return bench.model.all.length > 0 ? dice.one(bench.model.all) : undefined;
}

function source(one: Plain, layout: Values): Source {
  const { name, type, properties, events, bindings, children } = one;
  return {
    ...(name && { name }),
    type,
    properties,
    layout_properties: layout,
    event_bindings: events,
    data_bindings: bindings,
    components: children.map((child) => source(child, child.layout)),
  };
}

/// How something is laid out where it goes.
function laid(bench: Bench, dice: Dice, { parent, slot }: ReturnType<typeof place>): Values {
  return { ...random.layoutOf(dice), ...(!parent && bench.model.form.slots && { slot }) };
}

const insert: Step = (bench, dice) => {
  const made = random.component(dice, bench.fresh, 2);
  const at = place(bench, dice);
  made.layout = laid(bench, dice, at);
  const parent = at.parent ? bench.id(at.parent) : "";
  does(bench, [{ op: "insert", parent, index: at.index, source: source(made, made.layout) }]);
  bench.model.put(made, at.parent, at.index, at.slot);
};

const remove: Step = (bench, dice) => {
  const one = someone(bench, dice);
  if (!one) return;
  does(bench, [{ op: "remove", id: bench.id(one) }]);
  const all = bench.model.around(one);
  all.splice(all.indexOf(one), 1);
};

const move: Step = (bench, dice) => {
  const one = someone(bench, dice);
  if (!one) return;
  const at = place(bench, dice, one);
  const layout = laid(bench, dice, at);
  does(bench, [
    { op: "move", id: bench.id(one), parent: at.parent ? bench.id(at.parent) : "", index: at.index, layout },
  ]);
  const all = bench.model.around(one);
  all.splice(all.indexOf(one), 1);
  one.layout = layout;
  bench.model.put(one, at.parent, at.index, at.slot);
};

const set: Step = (bench, dice) => {
  const one = dice.often(10) && !bench.model.form.slots ? bench.model.form : someone(bench, dice);
  if (!one) return;
  const property = random.propertyOf(dice);
  const value = dice.often(25) ? undefined : dice.one(random.VALUES);
  does(bench, [{ op: "set", id: "name" in one ? bench.id(one) : "", property, value }]);
  if (value === undefined) delete one.properties[property];
  else one.properties[property] = value;
};

const layout: Step = (bench, dice) => {
  const one = someone(bench, dice);
  if (!one) return;
  one.layout = random.layoutOf(dice);
  does(bench, [{ op: "layout", id: bench.id(one), layout: one.layout }]);
};

const bind: Step = (bench, dice) => {
  const one = someone(bench, dice);
  if (!one) return;
  one.bindings = random.bindingsOf(dice);
  does(bench, [{ op: "bind", id: bench.id(one), bindings: one.bindings }]);
};

const event: Step = (bench, dice) => {
  const one = someone(bench, dice);
  if (!one) return;
  const [name, handler] = [random.eventOf(dice), dice.one(["", "shared_handler", "another"])];
  bench.designer.bind(bench.id(one), name, handler);
  if (handler) one.events[name] = handler;
  else delete one.events[name];
};

const handle: Step = (bench, dice) => {
  const one = someone(bench, dice);
  if (!one || !/^c\d+$/.test(one.name)) return;
  const name = random.eventOf(dice);
  bench.designer.handle(bench.id(one), name);
  const handler = one.events[name] ?? `${one.name}_${name}`;
  one.events[name] = handler;
  if (bench.model.code.includes(`def ${handler}(`)) return;
  bench.model.words.push({ text: "\n    def ", isName: false }, { text: handler, isName: true });
  const body = `(self, **event_args):\n        """${one.name}: ${name}."""\n        pass\n`;
  bench.model.words.push({ text: body, isName: false });
};

const rename: Step = (bench, dice) => {
  const one = someone(bench, dice);
  if (!one || !/^c\d+$/.test(one.name)) return;
  const [old, name] = [one.name, bench.fresh()];
  assert.equal(bench.designer.rename(bench.id(one), name), "");
  const own = Object.entries(one.events).filter(([, handler]) => handler.startsWith(`${old}_`));
  const renames = new Map([
    [old, name],
    ...own.map(([, handler]): [string, string] => [handler, handler.replace(old, name)]),
  ]);
  one.name = name;
  for (const [event, handler] of own) one.events[event] = renames.get(handler) as string;
  bench.model.words = bench.model.words.map((word) => {
    return word.isName ? { ...word, text: renames.get(word.text) ?? word.text } : word;
  });
};

const typed: Step = (bench, dice) => {
  // By hand, in the file: something that breaks it for a while, or nothing.
  const [text] = bench.texts;
  const broken = dice.often(30);
  const next = broken ? text.replace("is_package: ", "is_package: [") : text;
  bench.files.set(TEMPLATE, next);
  bench.designer.refresh();
  assert.equal(bench.designer.problem.value !== "", broken);
  bench.files.set(TEMPLATE, text);
  bench.designer.refresh();
};

const STEPS: readonly Step[] = [
  insert,
  insert,
  remove,
  move,
  move,
  move,
  set,
  set,
  set,
  layout,
  bind,
  event,
  handle,
  rename,
  typed,
];

/// Play a form and steps with these seeds.
function play(seed: number, steps: readonly number[]): void {
  const bench = new Bench(new random.Dice(seed));
  const start = bench.texts;
  bench.check();
  for (const step of steps) {
    bench.step(new random.Dice(step));
    bench.check();
  }
  while (bench.designer.canRedo) bench.designer.redo();
  const end = bench.texts;
  while (bench.designer.canUndo) bench.designer.undo();
  assert.deepEqual(bench.texts, start, "all undone");
  while (bench.designer.canRedo) bench.designer.redo();
  assert.deepEqual(bench.texts, end, "all done again");
}

/// The fewest of the steps that still fail.
function least(seed: number, steps: readonly number[]): readonly number[] {
  for (const [at] of steps.entries()) {
    const fewer = steps.filter((_, index) => index !== at);
    if (fails(seed, fewer)) return least(seed, fewer);
  }
  return steps;
}

function fails(seed: number, steps: readonly number[]): unknown {
  try {
    play(seed, steps);
    return null;
  } catch (error) {
    return error;
  }
}

const FORMS = 40;
const STEPS_EACH = 14;

test("whatever is done to whatever form, it means what it should, and can be undone and done again", () => {
  for (let seed = 1; seed <= FORMS; seed += 1) {
    const steps = Array.from({ length: STEPS_EACH }, (_, at) => seed * 1000 + at * 7);
    if (!fails(seed, steps)) continue;
    const fewest = least(seed, steps);
    assert.fail(`seed ${seed}, steps ${JSON.stringify(fewest)}: ${(fails(seed, fewest) as Error).message}`);
  }
});
