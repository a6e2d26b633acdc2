/// What the editor's page and the canvas of its designer say to each other, by postMessage. The canvas is a page of the
/// widget's host in a sandboxed frame without an origin: what it says is checked by its window, and not believed.
import type { App, Form, Theme } from "../app.ts";

/// Left, top, width, height in pixels of the canvas.
export type Rect = readonly [number, number, number, number];

export type Json = Readonly<Record<string, unknown>>;

/// A place where a component may go.
export interface Zone {
  /// Ids as of designer/template.ts; "" is the form's container.
  readonly parent: string;
  /// Among the parent's children without the one that moves.
  readonly index: number;
  /// How the parent then lays it out.
  readonly layout: Json;
  /// Where the mark is drawn: a thin line, or the place itself.
  readonly line: Rect;
  /// Who points into this means the zone.
  readonly box: Rect;
  /// How deep its container is: the deepest one that is pointed at counts.
  readonly depth: number;
  /// Others that have to be laid out anew for it, too.
  readonly also?: readonly { readonly id: string; readonly layout: Json }[];
  /// Anywhere in the box: `layout` gets x and y.
  readonly isFree?: boolean;
}

/// A row whose components have widths to change: of a ColumnPanel's columns, or of the twelve parts of a GridPanel.
export interface Track {
  readonly panel: string;
  readonly kind: "columns" | "grid";
  readonly box: Rect;
  /// From left to right.
  readonly cells: readonly {
    /// Of a column.
    readonly key: string;
    readonly box: Rect;
    /// The components in it.
    readonly ids: readonly string[];
  }[];
}

/// What the themes of a widget's libraries have.
export interface LibraryLook extends Theme {
  readonly roles: readonly { readonly name: string; readonly components: readonly string[] }[];
  readonly css: string;
}

/// To the canvas.
export type ToCanvas =
  /// The widget's own theme: `colors` with those of libraries, `files` its pictures by name.
  | {
      readonly kind: "theme";
      readonly colors: Theme["colors"];
      readonly html: Theme["html"];
      readonly css: string;
      /// A file that became another one has another version.
      readonly files: Readonly<Record<string, { readonly version: number; readonly blob: Blob }>>;
    }
  /// Draw a form. `forms` are those of the widget's own that changed since the last time, by name, each component with
  /// its `id`; `gone` are names of those that are no longer there. With `inside`, the ids of lists each in the template
  /// of the one before, what is edited is the last one's template, in its first row.
  | {
      readonly kind: "draw";
      readonly form: string;
      readonly forms: Readonly<Record<string, Form>>;
      readonly gone: readonly string[];
      readonly inside: readonly string[];
    }
  /// Ask where something may go; `moving` are the ids of what moves, none for something new.
  | { readonly kind: "zones"; readonly id: number; readonly moving: readonly string[] }
  /// Draw a property or a layout otherwise until the next `draw`: a width that is being pulled.
  | { readonly kind: "preview"; readonly id: string; readonly properties?: Json; readonly layout?: Json }
  /// Answer clicks and keys as the components do, or stop that.
  | { readonly kind: "try"; readonly isOn: boolean };

/// From the canvas.
export type FromCanvas =
  /// Nothing is drawn before the theme was told.
  | { readonly kind: "ready"; readonly package: string; readonly library: LibraryLook }
  /// Boxes by id of what is on the page, and how high that is; slots of the form have an id, too (`slotId`).
  | {
      readonly kind: "layout";
      readonly height: number;
      readonly boxes: Readonly<Record<string, Rect>>;
      readonly tracks: readonly Track[];
    }
  /// Who tried the form has enough.
  | { readonly kind: "tried" }
  | { readonly kind: "zones"; readonly id: number; readonly zones: readonly Zone[] }
  | { readonly kind: "failed"; readonly text: string };

/// What the canvas's page holds as inline JSON, id "boot".
export interface CanvasBoot {
  readonly package: string;
  readonly library: LibraryLook;
  /// Libraries, without their code.
  readonly dependencies: App["dependencies"];
  /// What goes behind addresses of the theme's files of a private widget.
  readonly query: string;
  readonly origin: string;
  /// The one page that may talk with it.
  readonly editor_origin: string;
  readonly assets: Readonly<Record<string, string>>;
}

/// How a slot that the form has for others is named among ids of components.
export function slotId(name: string): string {
  return `slot:${name}`;
}
