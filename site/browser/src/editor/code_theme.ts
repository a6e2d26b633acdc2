/// How code looks: every colour is a token of the site, so that one theme does for both schemes.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags as t } from "@lezer/highlight";

export const theme = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--surface)", height: "100%" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", fontVariantLigatures: "none" },
  ".cm-content": { paddingBlock: "8px", caretColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--text-muted)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--code-active)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-cursor": { borderLeftColor: "var(--text)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--code-selection)",
  },
  ".cm-selectionMatch, .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "none" },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn)" },
  ".cm-tooltip, .cm-panels": {
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    border: "1px solid var(--line)",
    borderRadius: "8px",
  },
  ".cm-panels": { borderRadius: "0", borderInline: "0" },
  ".cm-panel.cm-search": { fontFamily: "var(--sans)", padding: "8px" },
  ".cm-panel.cm-search input, .cm-panel.cm-search button": {
    width: "auto",
    minHeight: "28px",
    backgroundImage: "none",
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--on-accent)" },
  ".cm-lsp-documentation": {
    maxWidth: "min(520px, 90vw)",
    maxHeight: "40vh",
    overflow: "auto",
    whiteSpace: "pre-wrap",
  },
  ".cm-diagnostic": { maxWidth: "min(560px, 92vw)", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnosticAction": {
    display: "block",
    margin: "6px 0 2px",
    padding: "4px 10px",
    borderRadius: "6px",
    backgroundColor: "var(--accent)",
    color: "var(--on-accent)",
    fontSize: "inherit",
  },
  ".cm-foldPlaceholder": { backgroundColor: "var(--sunken)", color: "var(--text-muted)", border: "none" },
});

export const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: t.keyword, color: "var(--code-keyword)" },
    { tag: [t.string, t.special(t.string)], color: "var(--code-string)" },
    { tag: t.comment, color: "var(--code-comment)", fontStyle: "italic" },
    { tag: [t.number, t.bool, t.null], color: "var(--code-number)" },
    { tag: [t.function(t.variableName), t.function(t.propertyName), t.meta], color: "var(--code-function)" },
    { tag: t.className, color: "var(--code-class)" },
  ]),
);
