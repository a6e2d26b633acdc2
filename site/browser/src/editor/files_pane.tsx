import { useEffect, useRef } from "preact/hooks";
import type { EditorModel } from "./model.ts";
import { Icon, IconButton, Pane } from "./parts.tsx";
import { byFolder, MAIN } from "./workspace.ts";

/// Keeps the entry of the active file in view inside its list.
function useActiveInView<T extends HTMLElement>(active: string) {
  const list = useRef<T>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [active]);
  return list;
}

interface FilesProps {
  readonly model: EditorModel;
  readonly later: typeof import("./later.tsx") | null;
}

export function FilesPane({ model, later }: FilesProps) {
  const active = model.active.value;
  const list = useActiveInView<HTMLUListElement>(active);
  return (
    <Pane label="Files" className="files-pane">
      <ul ref={list}>
        {byFolder(model.files.value).map(([folder, paths]) => [
          folder && (
            <li key={`${folder}/`} class="folder" title={folder} aria-hidden="true">
              <bdi>{folder}/</bdi>
            </li>
          ),
          ...paths.map((path) => (
            <li key={path}>
              <button
                type="button"
                class="file"
                title={path}
                aria-label={path}
                aria-current={path === active ? "true" : undefined}
                onClick={() => model.openFile(path)}
              >
                <Icon name={path.endsWith(".py") ? "file" : "text"} />
                <FileName path={path} />
              </button>
            </li>
          )),
        ])}
      </ul>
      {later && <later.PackagesPane model={model} />}
      <div class="files-actions">
        <button
          type="button"
          class="button quiet small"
          onClick={() => {
            model.dialog.value = "new-file";
          }}
        >
          <Icon name="plus" /> File
        </button>
        {model.data.kind === "gui" && (
          <button
            type="button"
            class="button quiet small"
            onClick={() => {
              model.dialog.value = "new-form";
            }}
          >
            <Icon name="plus" /> Form
          </button>
        )}
        <IconButton
          icon="edit"
          label={`Rename ${active}`}
          disabled={active === MAIN}
          onClick={() => {
            model.dialog.value = "rename";
          }}
        />
        <IconButton
          icon="delete"
          label={`Delete ${active}`}
          disabled={active === MAIN}
          onClick={() => askDelete(model, active)}
        />
      </div>
    </Pane>
  );
}

/// A file's name; where folders have no lines of their own, behind the last of its folders.
function FileName({ path }: { readonly path: string }) {
  const parts = path.split("/");
  return (
    <span>
      {parts.length > 1 && <span class="parent">{parts.at(-2)}/</span>}
      {parts.at(-1)}
    </span>
  );
}

/// Asks with the name of the file; what is deleted stays in the history.
export function askDelete(model: EditorModel, path: string): void {
  if (confirm(`Delete ${path}? Earlier revisions keep it.`)) model.deleteFile(path);
}

export function Tabs({ model }: { readonly model: EditorModel }) {
  const list = useActiveInView<HTMLDivElement>(model.active.value);
  return (
    <div ref={list} class="file-tabs">
      {model.open.value.map((path) => (
        <span key={path} class={`file-tab${path === model.active.value ? " active" : ""}`}>
          <button
            type="button"
            aria-current={path === model.active.value ? "true" : undefined}
            onClick={() => model.openFile(path)}
          >
            {path}
          </button>
          {model.open.value.length > 1 && (
            <IconButton icon="close" label={`Close ${path}`} onClick={() => model.closeTab(path)} />
          )}
        </span>
      ))}
    </div>
  );
}
