/// What is done to a form as a component: its own properties and events, and what follows in the forms that use it.
import type { Binding } from "../../gui/app.ts";
import type { Designer } from "../designer.ts";
import { withPropertyRenamed, withRenamed } from "../texts/form_code.ts";
import type { Edit } from "../texts/history.ts";
import type { Operation, Template } from "../texts/template.ts";
import type { FormPlace } from "./form_place.ts";
import { type OwnEvent, type OwnProperty, ownNameProblem } from "./own_component.ts";
import { localName } from "./widget_forms.ts";

export type Kind = "properties" | "events";

/// Let other forms use the form as a component, or no longer.
export function offer(designer: Designer, isOffered: boolean): void {
  const label = isOffered ? "Other forms can use this one" : "Other forms are not offered this one";
  designer.change(label, [{ op: "own", path: ["custom_component"], value: isOffered ? true : undefined }]);
}

/// Add a property or an event; its place in the list is returned, null where it could not be added.
export function add(designer: Designer, kind: Kind): number | null {
  const own = designer.template.value?.own;
  if (!own) return null;
  const names = new Set(own[kind].map(({ name }) => name));
  const stem = kind === "properties" ? "property" : "event";
  let count = 1;
  while (names.has(`${stem}_${count}`)) count += 1;
  const name = `${stem}_${count}`;
  const begun = kind === "properties" ? { name, type: "string", default_value: "" } : { name };
  const isKeyed = typeof own[kind][0]?.key === "string";
  const { name: _, ...keyed } = begun;
  const path = isKeyed ? [kind, name] : [kind, own[kind].length];
  const operations: Operation[] = [{ op: "own", path, value: isKeyed ? keyed : begun }];
  if (!own.isComponent) operations.unshift({ op: "own", path: ["custom_component"], value: true });
  return designer.change(`Added ${name}`, operations) ? own[kind].length : null;
}

export function remove(designer: Designer, kind: Kind, { key, name }: OwnProperty | OwnEvent): void {
  designer.change(`Deleted ${name}`, [{ op: "own", path: [kind, key], value: undefined }]);
}

/// Say something else of a property or an event; undefined says nothing of it.
export function say(designer: Designer, kind: Kind, of: OwnProperty | OwnEvent, what: string, value: unknown): void {
  designer.change(
    `${of.name}: ${what}`,
    [...only(designer, kind, of, what, value), { op: "own", path: [kind, of.key, what], value }],
    `own ${kind} ${of.key} ${what}`,
  );
}

/// Of those that only one may be, the others no longer are.
function only(
  designer: Designer,
  kind: Kind,
  of: OwnProperty | OwnEvent,
  what: string,
  value: unknown,
): readonly Operation[] {
  if (value !== true || (what !== "default_event" && what !== "default_binding_prop")) return [];
  const all: readonly (OwnProperty | OwnEvent)[] = designer.template.value?.own[kind] ?? [];
  return all
    .filter((one) => one.key !== of.key && (one as unknown as Record<string, unknown>)[what] === true)
    .map(({ key }) => ({ op: "own", path: [kind, key, what], value: undefined }));
}

/// Call it otherwise, here and wherever other forms name it; "" or why not.
export function rename(designer: Designer, kind: Kind, of: OwnProperty | OwnEvent, name: string): string {
  const template = designer.template.value;
  if (!template || name === of.name) return "";
  const taken = [...template.own[kind].map((one) => one.name), ...(kind === "properties" ? template.names : [])];
  const problem = ownNameProblem(name, taken);
  if (problem) return problem;
  const code = kind === "properties" ? (text: string) => withRenamed(text, new Map([[of.name, name]])) : undefined;
  const operations: Operation[] = [
    typeof of.key === "string"
      ? { op: "own key", path: [kind, of.key], to: name }
      : { op: "own", path: [kind, of.key, "name"], value: name },
    ...(kind === "properties" ? inOwnBindings(template, of.name, name) : inWritebacks(template, of.name, name)),
  ];
  designer.change(
    `Renamed ${of.name} to ${name}`,
    operations,
    undefined,
    code,
    followers(designer, kind, of.name, name),
  );
  return "";
}

function inOwnBindings(template: Template, old: string, fresh: string): readonly Operation[] {
  const found: Operation[] = [];
  for (const part of template.parts) {
    const bindings = part.bindings.map((one) => ({ ...one, code: withRenamed(one.code, new Map([[old, fresh]])) }));
    if (isOther(bindings, part.bindings)) found.push({ op: "bind", id: part.id, bindings });
  }
  return found;
}

function inWritebacks(template: Template, old: string, fresh: string): readonly Operation[] {
  return template.own.properties
    .filter((one) => one.binding_writeback_events.includes(old))
    .map((one) => ({
      op: "own",
      path: ["properties", one.key, "binding_writeback_events"],
      value: one.binding_writeback_events.map((event) => (event === old ? fresh : event)),
    }));
}

/// What changes in the forms that have this one in them.
function followers(designer: Designer, kind: Kind, old: string, fresh: string): readonly Edit[] {
  const edits: Edit[] = [];
  const names = new Set(designer.templates.value.keys());
  for (const place of designer.places) {
    const template = designer.templates.value.get(place.name);
    if (!template || place.template === designer.form.template) continue;
    const users = [...template.parts].filter((part) => {
      return part.type.startsWith("form:") && localName(part.type, names) === designer.form.name;
    });
    if (users.length > 0) edits.push(...inUser(designer, place, template, users, kind, old, fresh));
  }
  return edits;
}

function inUser(
  designer: Designer,
  place: FormPlace,
  template: Template,
  users: readonly { id: string; name: string; bindings: readonly Binding[]; properties: object; events: object }[],
  kind: Kind,
  old: string,
  fresh: string,
): readonly Edit[] {
  const operations: Operation[] = [];
  for (const { id, properties, events, bindings } of users) {
    const isEvent = kind === "events";
    if (old in (isEvent ? events : properties))
      operations.push({ op: "key", id, of: isEvent ? "event_bindings" : "properties", from: old, to: fresh });
    if (isEvent) continue;
    const renamed = bindings.map((one) => (one.property === old ? { ...one, property: fresh } : one));
    if (isOther(renamed, bindings)) operations.push({ op: "bind", id, bindings: renamed });
  }
  const after = operations.reduce((made, operation) => made.apply(operation), template);
  const edits: Edit[] = [{ path: place.template, before: template.text, after: after.text }];
  const code = designer.textOf(place.code) ?? "";
  const parts = new Set(users.map(({ name }) => name));
  if (kind === "properties") {
    edits.push({ path: place.code, before: code, after: withPropertyRenamed(code, parts, old, fresh) });
  }
  return edits;
}

function isOther(one: readonly Binding[], other: readonly Binding[]): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}
