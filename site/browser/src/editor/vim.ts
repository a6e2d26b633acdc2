/// Vim's keys; loaded only when somebody asks for them.
import type { Extension } from "@codemirror/state";
import { Vim, vim } from "@replit/codemirror-vim";

let isTaught = false;

export function vimExtension(): Extension {
  if (!isTaught) {
    isTaught = true;
    // ":w" is the page's own Save, which the editor page knows how to do.
    Vim.defineEx("write", "w", () => dispatchEvent(new Event("editor-save")));
  }
  return vim({ status: true });
}
