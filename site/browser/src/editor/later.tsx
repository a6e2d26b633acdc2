/// What an editor page can do without for a moment: loaded right after the page itself is on screen.

import { RunFields } from "../run/form_fields.tsx";
import { commandsOf } from "./command_list.ts";
import { ConflictNotice } from "./conflict.tsx";
import { NameDialog, Shortcuts } from "./dialogs.tsx";
import { MarkdownBar, MarkdownView } from "./markdown_view.tsx";
import { MessageDialog } from "./message_dialog.tsx";
import type { DialogName, EditorModel } from "./model.ts";
import { NewFormDialog } from "./new_form_dialog.tsx";
import { PackagesPane } from "./packages_pane.tsx";
import { SettingsDialog } from "./settings_dialog.tsx";

export { ConflictNotice, MarkdownBar, MarkdownView, PackagesPane, RunFields };

interface OtherProps {
  readonly model: EditorModel;
  readonly dialog: Exclude<DialogName, "palette">;
  readonly onClose: () => void;
}

/// Every dialog but the palette.
export function OtherDialog({ model, dialog, onClose }: OtherProps) {
  if (dialog === "shortcuts") return <Shortcuts commands={commandsOf(model)} onClose={onClose} />;
  if (dialog === "settings") return <SettingsDialog onClose={onClose} />;
  if (dialog === "new-form") return <NewFormDialog model={model} onClose={onClose} />;
  if (dialog === "message") return <MessageDialog model={model} onClose={onClose} />;
  return <NameDialog model={model} onClose={onClose} />;
}
