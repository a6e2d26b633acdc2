/// The way from the editor's commands to the theme.
import type { EditorModel } from "../../editor/model.ts";
import { formsOf, formWith } from "../forms/form_place.ts";
import { panel } from "../panel.ts";

/// Show the theme beside the form that is open, or beside the first one.
export function showTheme(model: EditorModel): void {
  const paths = model.files.value;
  const form = formWith(model.active.value, paths) ?? formsOf(paths)[0];
  if (!form) return;
  model.openFile(form.code);
  model.pane.value = "code";
  if (model.form_view.value === "code") model.form_view.value = "design";
  panel.value = "theme";
}
