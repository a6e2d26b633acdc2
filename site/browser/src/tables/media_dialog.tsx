/// A file in a cell: seen, downloaded, put there, taken away.
import { useRef, useState } from "preact/hooks";
import { Dialog } from "../editor/dialog.tsx";
import { Icon } from "../editor/parts.tsx";
import { current, end, put } from "./cell_actions.ts";
import { size } from "./cell_view.tsx";
import type { DialogProps } from "./form_parts.tsx";
import type { Column, Media, Row } from "./shapes.ts";

interface MediaProps extends DialogProps {
  readonly row: Row | null;
  readonly column: Column;
}

export function MediaDialog({ model, sheet, row: given, column, onClose }: MediaProps) {
  const [made, setMade] = useState<Row | null>(given);
  const [state, setState] = useState<"" | "busy" | "over">("");
  const [problem, setProblem] = useState("");
  const picker = useRef<HTMLInputElement>(null);
  const row = made && current(sheet, made);
  const media = row && (sheet.value(row, column) as unknown as Media | null);
  const upload = async (file: File | undefined) => {
    if (!file) return;
    setState("busy");
    setProblem("");
    try {
      const [into] = row ? [row] : sheet.addRows(1);
      if (!into) return;
      if (!(await sheet.writes.flush())) throw new Error("The row is not saved yet, since the site can't be reached.");
      const saved = current(sheet, into);
      setMade(saved);
      sheet.pages.replace(saved.id, await model.calls.putMedia(sheet.table.value.name, saved, column.name, file));
    } catch (error) {
      setProblem((error as Error).message);
    }
    setState("");
  };
  return (
    <Dialog label={column.name} className="table-dialog" onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is beside the button */}
      <div
        class={state === "over" ? "stack media-drop over" : "stack media-drop"}
        onDragOver={(event) => {
          event.preventDefault();
          setState("over");
        }}
        onDragLeave={() => setState("")}
        onDrop={(event) => {
          event.preventDefault();
          void upload(event.dataTransfer?.files[0]);
        }}
      >
        <h2>{column.name}</h2>
        {media && row ? (
          <Shown
            key={row.revision}
            media={media}
            address={model.calls.mediaAddress(sheet.table.value.name, row, column.name)}
          />
        ) : (
          <p class="muted">This cell holds no file. Choose one, or drop it here.</p>
        )}
        {problem && (
          <p class="note bad" role="alert">
            <Icon name="warning" /> {problem}
          </p>
        )}
        <input
          ref={picker}
          class="visually-hidden"
          type="file"
          tabIndex={-1}
          aria-label={`A file for ${column.name}`}
          onChange={(event) => void upload(event.currentTarget.files?.[0])}
        />
        <div class="row">
          <button
            type="button"
            class="button primary"
            disabled={state === "busy"}
            onClick={() => picker.current?.click()}
          >
            <Icon name="upload" /> {state === "busy" ? "Uploading …" : media ? "Replace" : "Choose a file"}
          </button>
          {media && row && (
            <button type="button" class="button" onClick={() => put(sheet, row, column, null)}>
              <Icon name="delete" /> Take it away
            </button>
          )}
          <button
            type="button"
            class="button"
            onClick={() => {
              onClose();
              end(sheet, "stay");
            }}
          >
            Close
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/// Types that the site serves as pictures.
const PICTURES = /^image\/(png|jpeg|gif|webp)$/;

function Shown({ media, address }: { readonly media: Media; readonly address: string }) {
  const [isPicture, setPicture] = useState(PICTURES.test(media.type ?? ""));
  return (
    <>
      {isPicture && (
        <img class="media-picture" src={address} alt={media.name ?? ""} onError={() => setPicture(false)} />
      )}
      <p class="row">
        <Icon name="type-media" />
        <strong>{media.name ?? "a file"}</strong>
        <span class="muted small">
          {media.type ?? "no type"}, {size(media.length)}
        </span>
        <a class="button small" href={`${address}?download=1`} download>
          <Icon name="download" /> Download
        </a>
      </p>
    </>
  );
}
