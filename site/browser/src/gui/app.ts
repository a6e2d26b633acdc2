/// What a GUI widget's page is given: the page itself holds a `Boot` (inline JSON, id "boot"), which names the `App`.

/// A component in a form's template, as every format of template is read into (widget_model.anvil_app).
export interface Node {
  /// The attribute of the form that holds it; "" for the form's own container.
  readonly name: string;
  /// A name of components.json, or `form:Package.Form` for a form of a widget's own that is used as a component.
  readonly type: string;
  /// Values that were set in the design; what is left out has its default.
  readonly properties: Readonly<Record<string, unknown>>;
  /// How its parent lays it out: slot, grid_position, full_width_row, column, width_xs, x, y …
  readonly layout: Readonly<Record<string, unknown>>;
  /// Event → name of the form's method.
  readonly events: Readonly<Record<string, string>>;
  readonly bindings: readonly Binding[];
  readonly children: readonly Node[];
}

export interface Binding {
  readonly property: string;
  /// A Python expression with `self`, the form.
  readonly code: string;
  readonly writeback: boolean;
}

/// A form: its container, or the layout it fills.
export interface Form {
  /// "Form1", or "admin.Form2" in a package of the widget.
  readonly name: string;
  readonly root: Node;
  /// Set for a form that fills the slots of a layout: `root.children` then name the slot in `layout.slot`.
  readonly layout?: {
    readonly type: string;
    readonly properties: Readonly<Record<string, unknown>>;
    readonly events?: Readonly<Record<string, string>>;
    readonly bindings?: readonly Binding[];
  };
  /// Own properties, events and slots of a custom component.
  readonly component?: {
    readonly properties: readonly { readonly name: string; readonly type: string; readonly default?: unknown }[];
    readonly events: readonly { readonly name: string }[];
    readonly slots: readonly Slot[];
  };
}

/// Where components go that others give to this form.
export interface Slot {
  readonly name: string;
  /// The name of the component that takes them; none for the form's container.
  readonly path: readonly string[];
  /// `path` names a slot of the form's own layout.
  readonly is_slot?: boolean;
  /// How they are laid out there.
  readonly layout?: Readonly<Record<string, unknown>>;
  /// Before which of the components that are there; -1 for after all.
  readonly index?: number;
  /// It is for one component.
  readonly one?: boolean;
}

/// The code and the designs of one revision. Immutable: fetched as `/_/app/<digest>.json`, kept for ever.
export interface App {
  /// The name of the widget's Python package.
  readonly package: string;
  /// Path below client_code → source, for each module of the client; `light` engines get them rewritten.
  readonly modules: Readonly<Record<string, string>>;
  readonly forms: Readonly<Record<string, Form>>;
  readonly startup: { readonly kind: "form" | "module"; readonly name: string };
  /// Libraries this widget uses: their App under their package's name.
  readonly dependencies: Readonly<Record<string, Omit<App, "dependencies" | "startup" | "theme">>>;
  readonly theme: Theme;
}

export interface Theme {
  /// "Primary 500" → "#2196f3".
  readonly colors: Readonly<Record<string, string>>;
  /// "standard-page.html" → its text.
  readonly html: Readonly<Record<string, string>>;
}

/// What differs from page load to page load, or is needed before anything is fetched.
export interface Boot {
  readonly engine: "full" | "light";
  /// Addresses, all with a content hash, on an origin of ours that allows any origin to read them.
  readonly assets: Readonly<Record<string, string>>;
  readonly app: string;
  /// What the first paint needs: the start form, each form that it uses as a component, also of libraries, the theme.
  readonly first: Pick<App, "package" | "startup" | "forms" | "dependencies" | "theme">;
  /// Of `anvil.app`: id, branch, environment.
  readonly app_info: {
    readonly id: string;
    readonly branch: string;
    readonly environment: Readonly<Record<string, unknown>>;
  };
  readonly origin: string;
  readonly api_origin: string;
  /// Where the page talks with the server: the address of its WebSocket (wire.ts says what is said), and that of one
  /// call by POST: {"page", "message": <CALL>, "media": {id: base64}} → {"message", "media"}. Relative to `origin`.
  readonly socket: string;
  readonly call: string;
  /// Of a page that a route of the widget's code asked for: what it calls itself, and a message of the protocol whose
  /// "opens" says with what it opens.
  readonly page?: string;
  readonly opens?: Readonly<Record<string, unknown>>;
  /// Milliseconds that client code may run without giving way; 0 for no limit.
  readonly run_limit_ms: number;
  /// Set in the frame of the owner's editor: whom to tell of prints and errors, by postMessage.
  readonly console_origin?: string;
}
