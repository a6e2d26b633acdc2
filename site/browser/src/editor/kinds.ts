import type { EditorData } from "../api/types.ts";

/// Whether a widget of this kind is called by others, and not run from top to bottom.
export const isServed = (kind: EditorData["kind"]): boolean => kind === "api" || kind === "gui";
