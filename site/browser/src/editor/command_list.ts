/// What can be done on this editor page right now, as commands.
import type { Command } from "./commands.ts";
import { askDelete } from "./files_pane.tsx";
import { isServed } from "./kinds.ts";
import type { DialogName, EditorModel } from "./model.ts";
import { FONT_PX, prefer, preferences, setTheme, theme } from "./preferences.ts";
import { MAIN } from "./workspace.ts";

export function commandsOf(model: EditorModel): Command[] {
  return [...running(model), ...ofFiles(model), ...ofPage(model), ...ofLooks(), ...opening(model)];
}

function running(model: EditorModel): Command[] {
  const { kind, url } = model.data;
  const save = [
    { id: "save", label: "Save a revision", key: "Mod-S", run: () => void model.save() },
    {
      id: "save-message",
      label: "Save a revision with a message",
      key: "Mod-Shift-S",
      run: asking(model, "message"),
    },
  ];
  if (kind === "gui") {
    return [
      { id: "run", label: "Save and run the app", key: "Mod-Enter", run: () => void model.run() },
      { id: "open-app", label: "Save and open the app in a tab", run: () => void model.openApp() },
      { id: "public", label: "Save and open the public URL", run: () => void model.save().then(() => open(url)) },
      ...save,
    ];
  }
  if (kind !== "api") {
    return [
      { id: "run", label: "Run", key: "Mod-Enter", run: () => void model.run() },
      { id: "stop", label: "Stop the run", run: () => model.stop() },
      ...save,
    ];
  }
  const send = () => {
    model.pane.value = "request";
    void model.tryRequest();
  };
  return [
    { id: "run", label: "Save and send the request", key: "Mod-Enter", run: send },
    { id: "public", label: "Save and open the public URL", run: () => void model.save().then(() => open(url)) },
    ...save,
  ];
}

function ofFiles(model: EditorModel): Command[] {
  const active = model.active.value;
  const ofFile: Command[] = [
    { id: "rename", label: `Rename ${active}`, run: asking(model, "rename") },
    { id: "delete", label: `Delete ${active}`, run: () => askDelete(model, active) },
  ];
  return [
    { id: "new-file", label: "New file", run: asking(model, "new-file") },
    ...(model.data.kind === "gui" ? ofGui(model) : []),
    // main.py is what runs: it keeps its name.
    ...(active === MAIN ? [] : ofFile),
    { id: "readme", label: "Write the README", run: () => model.openReadme() },
    ...(active.endsWith(".md") ? [preview(model)] : []),
    { id: "code", label: "Go to the code", run: () => model.focusCode() },
    ...(active.endsWith(".py") ? ofPython(model) : []),
    { id: "find", label: "Find and replace in the file", key: "Mod-F", isOfCode: true, run: () => model.find() },
  ];
}

function ofGui(model: EditorModel): Command[] {
  const design = () => {
    model.form_view.value = "design";
  };
  return [
    { id: "design", label: "Design the form", run: design },
    { id: "tour", label: "Tour of the editor", run: asking(model, "tour") },
    { id: "new-form", label: "New form", run: asking(model, "new-form") },
    { id: "theme-of-widget", label: "Theme of the widget", run: asking(model, "theme") },
  ];
}

function ofPython(model: EditorModel): Command[] {
  return [
    { id: "format", label: "Format the file", key: "Shift-Alt-F", run: () => model.useTools("format") },
    {
      id: "definition",
      label: "Go to the definition",
      key: "F12",
      isOfCode: true,
      run: () => model.useTools("goToDefinition"),
    },
    {
      id: "rename-name",
      label: "Rename this name everywhere",
      key: "F2",
      isOfCode: true,
      run: () => model.useTools("rename"),
    },
  ];
}

function preview(model: EditorModel): Command {
  const isShown = model.is_preview.value;
  const turn = () => {
    model.is_preview.value = !isShown;
  };
  return { id: "preview", label: isShown ? "Write Markdown" : "Preview of the page", run: turn };
}

function ofPage(model: EditorModel): Command[] {
  const { slug, kind } = model.data;
  const go = (path: string) => () => location.assign(path);
  const latest = () => {
    model.latest_only.value = !model.latest_only.value;
  };
  return [
    { id: "latest", label: "Show only the latest run", run: latest },
    { id: "clear", label: "Clear the console", run: () => model.console.clear() },
    ...(kind === "scheduled" ? [{ id: "schedule", label: "Choose when it runs", run: go(`/w/${slug}/schedule`) }] : []),
    { id: "tables", label: "Tables", run: go(`/w/${slug}/tables`) },
    { id: "page", label: "Open the widget's page", run: go(`/w/${slug}`) },
    { id: "history", label: "History", run: go(`/w/${slug}/revisions`) },
    { id: "runs", label: isServed(kind) ? "All requests" : "All runs", run: go(`/w/${slug}/runs`) },
    { id: "shortcuts", label: "Keyboard shortcuts", key: "?", isOfPage: true, run: asking(model, "shortcuts") },
    { id: "settings", label: "Settings of the editor", key: "Mod-,", run: asking(model, "settings") },
    { id: "palette", label: "Commands", key: "Mod-Shift-P", more: ["F1", "Mod-K"], run: asking(model, "palette") },
  ];
}

function ofLooks(): Command[] {
  const { font_px, wraps, keys } = preferences.value;
  const next = { system: "light", light: "dark", dark: "system" } as const;
  const words = { system: "as the system has them", light: "light", dark: "dark" } as const;
  const vim = { id: "vim", label: keys === "vim" ? "Leave Vim keys" : "Use Vim keys" };
  return [
    { id: "larger", label: "Larger text", run: () => prefer({ font_px: font_px + 1 }) },
    { id: "smaller", label: "Smaller text", run: () => prefer({ font_px: font_px - 1 }) },
    { id: "usual-size", label: "Usual size of text", run: () => prefer({ font_px: FONT_PX.usual }) },
    { id: "wrap", label: wraps ? "Don't wrap long lines" : "Wrap long lines", run: () => prefer({ wraps: !wraps }) },
    { ...vim, run: () => prefer({ keys: keys === "vim" ? "plain" : "vim" }) },
    { id: "theme", label: `Colours: ${words[next[theme()]]}`, run: () => setTheme(next[theme()]) },
  ];
}

function opening(model: EditorModel): Command[] {
  return model.files.value.map((path) => ({
    id: `file-${path}`,
    label: `Open ${path}`,
    run: () => model.openFile(path),
  }));
}

function asking(model: EditorModel, dialog: DialogName): () => void {
  return () => {
    model.dialog.value = dialog;
  };
}
