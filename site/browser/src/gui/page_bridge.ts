/// The bridge of a page: what Python may call, put together from the page's parts.
import { type AlertOptions, Alerts, type NotificationOptions } from "./alerts.ts";
import type { Bridge, Plain } from "./bridge.ts";
import { callNow } from "./call_now.ts";
import type { Errors, ReportedError } from "./errors.ts";
import { request, requestNow } from "./http.ts";
import { callFunction, type JsCalls, told, toldError } from "./js_calls.ts";
import type { JsObjects } from "./js_objects.ts";
import { download, type Media, printPage } from "./media.ts";
import type { PageHost } from "./page_host.ts";
import type { Scripts } from "./scripts.ts";
import { signIn } from "./sign_in.ts";
import { show } from "./stage.ts";
import type { Wire } from "./wire.ts";

export interface Parts {
  readonly host: PageHost;
  readonly media: Media;
  readonly wire: Wire;
  readonly errors: Errors;
  readonly scripts: Scripts;
  readonly calls: JsCalls;
  readonly objects: JsObjects;
  /// The element that the open form is in.
  readonly place: HTMLElement;
  readonly print: (text: string) => void;
  /// A form's `Form` of app.ts as JSON, by its whole name.
  readonly template: (form: string) => string;
  /// Told when the first form is open.
  readonly opened: () => void;
  /// Told when Python shows something: a form or a dialog.
  readonly shown: () => void;
  readonly callUrl: string;
}

export class PageBridge implements Bridge {
  readonly #parts: Parts;
  readonly #alerts: Alerts;
  /// Calls that nobody waits for, by number.
  readonly #later = new Map<number, Promise<string>>();
  #nextLater = 1;
  #silent = 0;
  #open = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#alerts = new Alerts((id) => parts.host.component(id));
  }

  // --- components

  create(kind: string, parent: number, layout: string, index: number, ...properties: Plain[]): number {
    const id = this.#parts.host.create(kind, {});
    const made = this.#parts.host.component(id);
    for (let at = 0; at < properties.length; at += 2) made.set(properties[at] as string, properties[at + 1]);
    if (parent !== 0) this.append(parent, id, layout, index);
    return id;
  }

  build(form: string, key: string): number {
    return this.#parts.host.build(form, key);
  }

  set(id: number, name: string, value: Plain): void {
    this.#parts.host.component(id).set(name, value);
  }

  set_json(id: number, name: string, json: string): void {
    this.#parts.host.component(id).set(name, JSON.parse(json));
  }

  get(id: number, name: string): string {
    return JSON.stringify(this.#parts.host.component(id).get(name) ?? null);
  }

  append(parent: number, child: number, layout: string, index: number): void {
    this.#parts.host
      .component(parent)
      .insert(this.#parts.host.component(child), layout ? JSON.parse(layout) : {}, index);
  }

  remove(id: number): void {
    this.#parts.host.component(id).leave();
  }

  drop(id: number): void {
    this.#parts.host.drop(id);
  }

  listen(id: number, event: string): void {
    this.#parts.host.component(id).listen(event);
  }

  invoke(id: number, method: string, json: string): string {
    return JSON.stringify(this.#parts.host.component(id).invoke(method, JSON.parse(json)) ?? null);
  }

  async ask(id: number, method: string, json: string): Promise<string> {
    return JSON.stringify((await this.#parts.host.component(id).ask(method, JSON.parse(json))) ?? null);
  }

  // --- pages

  open_form(id: number): void {
    const element = this.#parts.host.component(id).element;
    if (element.parentElement !== this.#parts.place || this.#parts.place.childElementCount > 1) {
      show(element, this.#parts.place);
    }
    this.#open = id;
    this.#parts.opened();
    this.#parts.shown();
  }

  focused(): number {
    return Number(document.activeElement?.closest<HTMLElement>("[data-component]")?.dataset.component ?? 0);
  }

  is_shown(id: number): boolean {
    return this.#parts.host.component(id).isShown;
  }

  alert(options: string): Promise<number> {
    this.#parts.shown();
    return this.#alerts.show(JSON.parse(options) as AlertOptions);
  }

  /// For a browser that can't wait in the middle of Python: its own dialogs, which hold text alone.
  alert_now(options: string): number {
    const { title, text, content, buttons } = JSON.parse(options) as AlertOptions;
    if (content !== undefined) throw new Error("In this browser an alert can show text, not a component.");
    const all = [title, text].filter(Boolean).join("\n\n");
    if (buttons.length < 2) {
      alert(all);
      return buttons.length - 1;
    }
    return confirm(all) ? buttons.length - 1 : 0;
  }

  close_alert(id: number): void {
    this.#alerts.close(id);
  }

  notify(options: string): number {
    return this.#alerts.notify(JSON.parse(options) as NotificationOptions);
  }

  hide_notification(handle: number): void {
    this.#alerts.hide(handle);
  }

  get_hash(): string {
    return decodeURIComponent(location.hash.slice(1));
  }

  set_hash(hash: string): void {
    location.hash = hash;
  }

  // --- the server

  call(message: string): Promise<string> {
    return this.#parts.wire.call(message, this.#silent === 0);
  }

  call_later(message: string): number {
    const call = this.#nextLater++;
    const answer = this.#parts.wire.call(message, false);
    this.#later.set(call, answer);
    void answer.then((text) => {
      this.#parts.host.raise(0, "answered", { call, answer: text });
      // Python hears of it first: until then it may still ask for it.
      queueMicrotask(() => this.#later.delete(call));
    });
    return call;
  }

  answer_later(call: number): Promise<string> {
    return this.#later.get(call) ?? Promise.reject(new Error(`The call ${call} is not under way.`));
  }

  /// For a browser that can't wait in the middle of Python.
  answer_later_now(): never {
    throw new Error("This browser can't wait for a call that is under way: use on_result().");
  }

  call_now(message: string): string {
    return callNow(this.#parts.callUrl, this.#parts.wire.page, message, this.#parts.media);
  }

  is_online(): boolean {
    return this.#parts.wire.isOnline;
  }

  async sign_in(address: string): Promise<string> {
    const found = await signIn(address);
    if (found === "done") await this.#parts.wire.reopen();
    return found;
  }

  loading(show: boolean): void {
    this.#silent += show ? -1 : 1;
  }

  busy(is: boolean): void {
    this.#parts.wire.spin(is ? 1 : -1);
  }

  // --- media

  blob(content: Uint8Array<ArrayBuffer>, content_type: string): number {
    return this.#parts.media.add(new Blob([content.slice()], { type: content_type }));
  }

  blob_bytes(handle: number): Promise<Uint8Array> {
    return this.#parts.media.bytes(handle);
  }

  blob_bytes_now(handle: number): Uint8Array {
    return this.#parts.media.bytesNow(handle);
  }

  blob_url(handle: number, lasts: boolean): string {
    return this.#parts.media.url(handle, lasts);
  }

  blob_info(handle: number): string {
    return JSON.stringify(this.#parts.media.info(handle));
  }

  drop_blob(handle: number): void {
    this.#parts.media.drop(handle);
  }

  download(url: string, name: string): void {
    download(url, name);
  }

  print_page(url: string): Promise<void> {
    return printPage(url);
  }

  // --- the rest

  async http(asked: string): Promise<string> {
    return JSON.stringify(await request(JSON.parse(asked), this.#parts.media));
  }

  http_now(asked: string): string {
    return JSON.stringify(requestNow(JSON.parse(asked), this.#parts.media));
  }

  url_encode(text: string): string {
    return encodeURIComponent(text);
  }

  url_decode(text: string): string {
    return decodeURIComponent(text);
  }

  sleep(seconds: number): Promise<undefined> {
    return new Promise((resolve) => setTimeout(() => resolve(undefined), seconds * 1000));
  }

  sleep_now(seconds: number): void {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end);
  }

  print(text: string): void {
    this.#parts.print(text);
  }

  report(error: string): void {
    this.#parts.errors.report(JSON.parse(error) as ReportedError);
  }

  theme_color(name: string, value: string): void {
    this.#parts.host.setColor(name, value);
  }

  now(): number {
    return performance.now();
  }

  /// Once the scripts of all forms have run.
  async call_js(name: string, json: string): Promise<string> {
    try {
      await this.#parts.scripts.settled();
      return told(await callFunction(name, JSON.parse(json)));
    } catch (error) {
      return toldError(error);
    }
  }

  call_js_now(name: string, json: string): string {
    try {
      return told(callFunction(name, JSON.parse(json)));
    } catch (error) {
      return toldError(error);
    }
  }

  js_get(handle: number, name: string): string {
    return this.#parts.objects.get(handle, name);
  }

  js_set(handle: number, name: string, json: string): string {
    return this.#parts.objects.set(handle, name, json);
  }

  js_call(handle: number, name: string, json: string): string {
    return this.#parts.objects.call(handle, name, json);
  }

  js_new(handle: number, json: string): string {
    return this.#parts.objects.make(handle, json);
  }

  js_items(handle: number): string {
    return this.#parts.objects.items(handle);
  }

  js_is_same(one: number, other: number): boolean {
    return this.#parts.objects.isSame(one, other);
  }

  js_text(handle: number): string {
    return this.#parts.objects.text(handle);
  }

  js_drop(handle: number): void {
    this.#parts.objects.drop(handle);
  }

  js_settled(handle: number): Promise<string> {
    return this.#parts.objects.settled(handle);
  }

  js_import(address: string): Promise<string> {
    return this.#parts.objects.settled(this.#parts.objects.hold(import(address)));
  }

  js_answer(call: number, json: string): void {
    this.#parts.objects.answer(call, json);
  }

  js_element(id: number): number {
    return this.#parts.objects.hold(this.#parts.host.component(id).element);
  }

  js_media(handle: number): number {
    return this.#parts.media.add(this.#parts.objects.held(handle) as Blob);
  }

  answer_js(call: number, json: string): void {
    this.#parts.calls.answer(call, json);
  }

  template(form: string): string {
    return this.#parts.template(form);
  }

  /// The form that is open, 0 before the first.
  get openForm(): number {
    return this.#open;
  }
}

/// The functions of a bridge by name, free of their object, as both engines offer them to Python.
export function functions(bridge: PageBridge): Readonly<Record<string, (...args: never[]) => unknown>> {
  const found: Record<string, (...args: never[]) => unknown> = {};
  for (const name of Object.getOwnPropertyNames(PageBridge.prototype)) {
    const value = Object.getOwnPropertyDescriptor(PageBridge.prototype, name)?.value as unknown;
    if (name !== "constructor" && typeof value === "function") found[name] = value.bind(bridge);
  }
  return found;
}
