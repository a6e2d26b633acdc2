/// What an editor page can do without for a moment: loaded right after the page itself is on screen.

import { RunFields } from "../run/form_fields.tsx";
import { commandsOf } from "./command_list.ts";
import { ConflictNotice } from "./conflict.tsx";
import { Shortcuts } from "./dialogs.tsx";
import { addedFile, addedForm, LineDialog, renamedFile, savedMessage } from "./line_dialog.tsx";
import { MarkdownBar, MarkdownView } from "./markdown_view.tsx";
import type { DialogName, EditorModel } from "./model.ts";
import { PackagesPane } from "./packages_pane.tsx";
import { SettingsDialog } from "./settings_dialog.tsx";

export { ConflictNotice, MarkdownBar, MarkdownView, PackagesPane, RunFields };

/// What the address asks for when the page is opened.
export function arrive(model: EditorModel): void {
  if (location.hash.startsWith("#form-of=")) void import("./made_form.ts").then((one) => one.makeAskedForm(model));
}

interface OtherProps {
  readonly model: EditorModel;
  readonly dialog: Exclude<DialogName, "palette">;
  readonly onClose: () => void;
}

/// Every dialog but the palette.
export function OtherDialog({ model, dialog, onClose }: OtherProps) {
  if (dialog === "shortcuts") return <Shortcuts commands={commandsOf(model)} onClose={onClose} />;
  if (dialog === "settings") return <SettingsDialog onClose={onClose} />;
  return <LineDialog question={QUESTIONS[dialog](model)} onClose={onClose} />;
}

const QUESTIONS = {
  "new-file": addedFile,
  "new-form": addedForm,
  rename: renamedFile,
  message: savedMessage,
};
