/// A module that is renamed with what imports it.
import { renamedModule } from "../designer/forms/module_names.ts";
import { changeFiles } from "./change_files.ts";
import type { EditorModel } from "./model.ts";

/// Rename a file of Python; its imports in other files follow, or are told.
export function renameModule(model: EditorModel, from: string, to: string): void {
  const files = { paths: () => model.files.value, text: (path: string) => model.text(path) };
  const { changes, left } = renamedModule(files, from, to);
  const others = Object.keys(changes).length - 2;
  const told = [
    ...(others > 0 ? [`what imports it follows in ${others} ${others === 1 ? "file" : "files"}`] : []),
    ...(left.length > 0 ? [`still imported in ${left.slice(0, 3).join("; ")}${left.length > 3 ? "; …" : ""}`] : []),
  ];
  changeFiles(model, [`Renamed ${from} to ${to}`, ...told].join(": "), changes, to);
}
