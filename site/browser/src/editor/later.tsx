/// What an editor page can do without for a moment: loaded right after the page itself is on screen.

import { useEffect } from "preact/hooks";
import { RunFields } from "../run/form_fields.tsx";
import { commandsOf } from "./command_list.ts";
import { ConflictNotice } from "./conflict.tsx";
import { Shortcuts } from "./dialogs.tsx";
import { addedFile, addedForm, LineDialog, renamedFile, savedMessage } from "./line_dialog.tsx";
import { MarkdownBar, MarkdownView } from "./markdown_view.tsx";
import type { DialogName, EditorModel } from "./model.ts";
import { PackagesPane as Packages } from "./packages_pane.tsx";
import { SettingsDialog } from "./settings_dialog.tsx";
import { isTourDone } from "./tour_kept.ts";

export { ConflictNotice, MarkdownBar, MarkdownView, RunFields };

/// The packages; the one part of these that every editor shows, once: so it begins what comes after a page's opening.
export function PackagesPane({ model }: { readonly model: EditorModel }) {
  useEffect(() => arrive(model), [model]);
  return <Packages model={model} />;
}

/// What the address asks for, or the tour.
function arrive(model: EditorModel): void {
  if (location.hash.startsWith("#form-of=")) void import("./made_form.ts").then((one) => one.makeAskedForm(model));
  else if (model.data.kind === "gui" && !isTourDone()) void import("./tour.tsx").then((one) => one.offerTour(model));
}

interface OtherProps {
  readonly model: EditorModel;
  readonly dialog: Exclude<DialogName, "palette">;
  readonly onClose: () => void;
}

/// Every dialog but the palette.
export function OtherDialog({ model, dialog, onClose }: OtherProps) {
  if (dialog === "shortcuts")
    return <Shortcuts commands={commandsOf(model)} hasDesigner={model.data.kind === "gui"} onClose={onClose} />;
  if (dialog === "settings") return <SettingsDialog onClose={onClose} />;
  if (dialog === "tour" || dialog === "theme") return <Act model={model} name={dialog} onClose={onClose} />;
  return <LineDialog question={QUESTIONS[dialog](model)} onClose={onClose} />;
}

const QUESTIONS = {
  "new-file": addedFile,
  "new-form": addedForm,
  rename: renamedFile,
  message: savedMessage,
};

/// What is asked for like a dialog and is none: it holds nobody.
const ACTS = {
  theme: async (model: EditorModel) => (await import("../designer/theme/show_theme.ts")).showTheme(model),
  tour: async (model: EditorModel) => (await import("./tour.tsx")).beginTour(model),
};

function Act({ model, name, onClose }: { model: EditorModel; name: keyof typeof ACTS; onClose: () => void }) {
  useEffect(() => {
    onClose();
    void ACTS[name](model);
  }, []);
  return null;
}
