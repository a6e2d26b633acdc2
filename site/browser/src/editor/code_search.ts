/// Finding and replacing, and marks of what is selected: loaded right after the page itself.
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import type { Extension } from "@codemirror/state";
import { keymap } from "@codemirror/view";

export { openSearchPanel };

export const searching: Extension = [highlightSelectionMatches(), search({ top: true }), keymap.of(searchKeymap)];
