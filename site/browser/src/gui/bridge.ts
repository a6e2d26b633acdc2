/// The seam between Python in the page and the page: one flat object of functions, the same for both engines.
///
/// Only primitives cross: numbers, strings, booleans, nothing; structured values cross as JSON text, bytes as
/// handles. JavaScript owns the DOM and renders components; Python (site/client/anvil) owns classes, properties,
/// events and the tree. Components are numbered by JavaScript.

/// A primitive. `undefined` and not null is "None": an engine would make something else of null.
export type Plain = string | number | boolean | undefined;

export interface Bridge {
  // --- components

  /// Make one component that no template holds and return its id. `properties` are names and values in turn; it is
  /// placed as by `append`, unless `parent` is 0.
  create(kind: string, parent: number, layout: string, index: number, ...properties: Plain[]): number;
  /// Build the components of a form's template, in preorder and numbered from the id that is returned; the root is the
  /// first. `key` names the place ("" for the form that is opened first, else a path of component names): what was
  /// painted for that place before Python was there is taken over as it is, with what people did in it meanwhile.
  build(form: string, key: string): number;
  /// Set a property; a value that is not a primitive comes by `set_json`.
  set(id: number, name: string, value: Plain): void;
  set_json(id: number, name: string, json: string): void;
  /// Return what the page knows better than Python, as JSON: what was typed, chosen, scrolled.
  get(id: number, name: string): string;
  /// Place a component. `layout` is a JSON object; `index` -1 is the end.
  append(parent: number, child: number, layout: string, index: number): void;
  remove(id: number): void;
  /// Forget a component for good (its Python object is gone).
  drop(id: number): void;
  /// From now on tell Python of this event of this component, by `dispatch`.
  listen(id: number, event: string): void;
  /// Call a method of a component that lives in the page (focus, select, scroll_into_view, Canvas, Plot …); JSON in and out.
  invoke(id: number, method: string, json: string): string;
  /// The same for a method that takes its time.
  ask(id: number, method: string, json: string): Promise<string>;

  // --- pages

  open_form(id: number): void;
  /// Whether it is on the page and not hidden, itself and all above it.
  is_shown(id: number): boolean;
  /// The component that the next keys go to, 0 for none.
  focused(): number;
  /// Show a dialog and return the index of the button, -1 when dismissed. `options` is JSON: title, text or
  /// content (an id), buttons [[text, style]], large, dismissible, role. A promise: wait for it by `wait`.
  alert(options: string): Promise<number>;
  /// Close the dialog that holds this component.
  close_alert(id: number): void;
  notify(options: string): number;
  hide_notification(handle: number): void;
  get_hash(): string;
  set_hash(hash: string): void;

  // --- the server: one socket for the page, which comes back by itself (wire.ts)

  /// Send one call and return its answer, JSON text of the protocol's response or error; media travel as handles
  /// (`{"handle": n}` in an object's "content"). Rejects never: being offline is an answer of type AppOfflineError.
  call(message: string): Promise<string>;
  /// Send one call that nobody waits for; component 0 gets the event "answered" (call, answer) with this number.
  call_later(message: string): number;
  /// The answer of such a call that was not answered before, for who waits after all.
  answer_later(call: number): Promise<string>;
  is_online(): boolean;
  /// Open a page to sign in at, in a window of its own: "done", "closed" or "blocked". The page's session is then that
  /// of who signed in.
  sign_in(address: string): Promise<string>;
  /// Show or hide the spinner for calls that begin now; nested.
  loading(show: boolean): void;
  /// Show the spinner whether there are calls or not, and stop doing so; nested.
  busy(is: boolean): void;

  // --- media

  blob(content: Uint8Array, content_type: string): number;
  blob_bytes(handle: number): Promise<Uint8Array>;
  /// One that lasts is good for as long as the page, any other until the media are dropped.
  blob_url(handle: number, lasts: boolean): string;
  blob_info(handle: number): string;
  drop_blob(handle: number): void;
  download(url: string, name: string): void;
  print_page(url: string): Promise<void>;

  // --- the rest

  /// Send a request to any server: JSON {url, method, headers, timeout (s), credentials, body (handle)} →
  /// {status, body (handle)}; status 0 with "error" when there is no answer. Rejects never.
  http(asked: string): Promise<string>;
  url_encode(text: string): string;
  url_decode(text: string): string;
  sleep(seconds: number): Promise<undefined>;
  /// What was printed, whole or in part; for the console of the owner and of the browser.
  print(text: string): void;
  /// An error that nobody caught: JSON {type, message, trace: [[module, line, function]]}. Shown in the corner, told to the owner.
  report(error: string): void;
  /// Call a JavaScript function of the page by its name with a JSON list; a promise of JSON {"value"} or {"error"}.
  call_js(name: string, json: string): Promise<string>;
  /// The answer to the event "called_by_js" (call, method, args), by which a form's JavaScript calls its Python: JSON
  /// of {"value"} or {"error"}.
  answer_js(call: number, json: string): void;
  theme_color(name: string, value: string): void;
  now(): number;
}

/// How the page calls Python: an event of a component with its arguments as JSON. Engines enter Python so that code
/// in it may wait. Events that come before Python is there are kept in order and given then. Component 0 is the page:
/// its event "start" opens the start form or runs the start module, "hash" tells of a new hash, "answered" of the answer
/// to a call that nobody waits for, "pushed" of an event that server code raised.
export type Dispatch = (id: number, event: string, json: string) => Promise<void>;

/// An engine: what starts Python in the page. One adapter each, in `engines/`.
export interface Engine {
  /// Fetch and start the interpreter with our library and the widget's modules. `progress` is 0…1.
  start(options: {
    readonly bridge: Bridge;
    readonly app: () => Promise<import("./app.ts").App>;
    readonly assets: Readonly<Record<string, string>>;
    readonly progress: (part: number) => void;
    readonly runLimitMs: number;
  }): Promise<Dispatch>;
  /// Raise KeyboardInterrupt in what runs.
  stop(): void;
}
