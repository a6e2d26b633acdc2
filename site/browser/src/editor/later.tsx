/// What an editor page can do without for a moment: loaded right after the page itself is on screen.

import { RunFields } from "../run/form_fields.tsx";
import { commandsOf } from "./command_list.ts";
import { ConflictNotice } from "./conflict.tsx";
import { NameDialog, Palette, Shortcuts } from "./dialogs.tsx";
import { MarkdownBar, MarkdownView } from "./markdown_view.tsx";
import { MessageDialog } from "./message_dialog.tsx";
import type { EditorModel } from "./model.ts";
import { NewFormDialog } from "./new_form_dialog.tsx";
import { PackagesPane } from "./packages_pane.tsx";
import { SettingsDialog } from "./settings_dialog.tsx";

export { ConflictNotice, MarkdownBar, MarkdownView, PackagesPane, RunFields };

/// The dialog that is open, if any.
export function OpenDialog({ model }: { readonly model: EditorModel }) {
  const dialog = model.dialog.value;
  // A dialog that was closed tells so a moment later: by then another may be open.
  const close = () => {
    if (model.dialog.value === dialog) model.dialog.value = null;
  };
  if (dialog === "palette") return <Palette commands={commandsOf(model)} onClose={close} />;
  if (dialog === "shortcuts") return <Shortcuts commands={commandsOf(model)} onClose={close} />;
  if (dialog === "settings") return <SettingsDialog onClose={close} />;
  if (dialog === "new-form") return <NewFormDialog model={model} onClose={close} />;
  if (dialog === "message") return <MessageDialog model={model} onClose={close} />;
  return dialog ? <NameDialog model={model} onClose={close} /> : null;
}
