/// The shapes of JSON API v1 that the islands use.

/// Text, or anything else as base64.
export type FileContent = string | { readonly base64: string };
export type Files = Readonly<Record<string, FileContent>>;

export type Outcome = "ok" | "error" | "timeout" | "memory" | "output_limit" | "stopped" | "crashed" | "internal_error";

export interface Run {
  readonly id: string;
  readonly trigger: string;
  readonly revision: number;
  readonly status: "queued" | "running" | "finished";
  readonly outcome: Outcome | null;
  readonly error?: string | null;
  readonly created_at?: number | string | null;
  readonly started_at?: number | string | null;
  readonly duration_ms?: number | null;
  readonly rss_kb?: number | null;
  /// What it was given: arguments, or the values of a call of its main function.
  readonly args?: readonly (string | number)[];
  readonly values?: Readonly<Record<string, unknown>> | null;
  /// What it returned, as JSON.
  readonly returned?: unknown;
  readonly request?: {
    readonly method?: string;
    readonly path?: string;
    readonly status?: number;
    readonly function?: string;
  } | null;
}

export interface RunEvent {
  readonly seq: number;
  readonly time: number;
  readonly kind: "stdout" | "stderr" | "display" | "ask" | "input" | "error" | "status";
  readonly text: string;
  readonly data?: Readonly<Record<string, unknown>> | null;
}

/// What a run is given by who starts it.
export interface Given {
  readonly args?: readonly (string | number)[];
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface FormField {
  readonly name: string;
  readonly type: "text" | "integer" | "number" | "flag" | "choice" | "date" | "datetime";
  readonly help: string;
  readonly required: boolean;
  readonly default: string;
  readonly is_on: boolean;
  readonly choices: readonly string[];
  readonly many: boolean;
  readonly least: number;
  readonly most: number | null;
  readonly flag: string;
  readonly action: "store" | "given" | "boolean" | "count" | "append";
}

/// The form of a script, read from its code.
export interface FormShown {
  readonly kind: "argparse" | "signature" | "none";
  readonly revision: number;
  readonly description: string;
  readonly fields: readonly FormField[];
  readonly complete: boolean;
}

/// A line that a run waits for: the data of an event of kind "ask".
export interface Question {
  readonly number: number;
  readonly prompt: string;
  /// Whether what is typed is to be hidden, as a password.
  readonly secret: boolean;
}

export interface Events {
  readonly events: readonly RunEvent[];
  readonly done: boolean;
}

/// The packages of a widget, as its owner sees them.
export interface Environment {
  readonly status: "ready" | "installing" | "failed";
  readonly message: string;
  readonly requirements: readonly string[];
  /// name==version of everything that was installed.
  readonly packages: readonly string[];
  readonly reason: string;
  readonly phase: string;
  readonly downloaded_bytes: number;
  readonly limit_bytes: number;
  readonly log: string;
}

/// What a widget answered to a request that was tried.
export interface TrialAnswer {
  readonly status: number;
  readonly headers: readonly (readonly string[])[];
  /// As base64.
  readonly body: string;
  readonly size_bytes: number;
  readonly is_whole: boolean;
  readonly duration_ms: number;
}

/// A link to a private widget that holds for a while.
export interface Preview {
  readonly url: string;
  readonly header: string;
  readonly token: string;
  readonly valid_s: number;
}

/// What the editor page carries for its island.
export interface EditorData {
  readonly slug: string;
  readonly title: string;
  readonly kind: "script" | "scheduled" | "api" | "gui";
  readonly url: string;
  readonly visibility: "public" | "unlisted" | "private";
  /// What runs a GUI's client code.
  readonly engine: "full" | "light";
  readonly revision: number;
  readonly files: Files;
  /// Text that was typed after the last revision, if any.
  readonly draft: {
    readonly files: Files;
    readonly base_revision: number;
    readonly version: number;
    readonly saved_at_ms: number;
  } | null;
  readonly saved_at_ms: number;
  readonly csrf: string;
  /// Address of the icon sprite.
  readonly icons: string;
  readonly timeout_s: number;
}

/// New texts of files (some of them may be new), and what to tell afterwards.
export interface CodeFix {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly done: string;
}

/// A function that `anvil.server.call` finds.
export interface ServerFunction {
  readonly name: string;
  readonly path: string;
  readonly line: number;
}

/// What a check of a GUI's code found. Lines and columns count from 1; an `end_column` of 0 is the end of the line.
export interface ClientCodeChecked {
  readonly marks: readonly {
    readonly line: number;
    readonly column: number;
    readonly end_column: number;
    readonly severity: "error" | "warning" | "info";
    readonly text: string;
    readonly fixes: readonly CodeFix[];
  }[];
  readonly functions: readonly ServerFunction[];
  /// Types of components → their properties.
  readonly types: Readonly<Record<string, readonly string[]>>;
  /// Templates that can't be read → why.
  readonly broken: Readonly<Record<string, string>>;
}
