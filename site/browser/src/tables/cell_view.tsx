/// A cell as it is shown.
import { Icon } from "../editor/parts.tsx";
import { copiedText, shownText } from "./cell_text.ts";
import type { Json } from "./exact.ts";
import { idsOf } from "./labels.ts";
import type { Column, Media } from "./shapes.ts";
import type { Sheet } from "./sheet.ts";

/// Characters of a cell that are drawn; the whole text is there for who edits it.
const SHOWN_CHARS = 300;

export function CellShown({
  sheet,
  column,
  value,
}: {
  readonly sheet: Sheet;
  readonly column: Column;
  readonly value: Json;
}) {
  if (column.type === "bool") return <Box value={value} />;
  if (value === null) return null;
  if (value === "") return <span class="empty-text">empty text</span>;
  if (column.type === "media") return <MediaShown media={value as unknown as Media} />;
  if (column.type === "link_single" || column.type === "link_multiple") {
    const label = sheet.label(column);
    return (
      <span class="links">
        {idsOf(value).map((id) => (
          <span key={id} class="link-chip">
            {label(id)}
          </span>
        ))}
      </span>
    );
  }
  const text = shownText(column, value, sheet.label(column));
  const title = column.type === "datetime" ? `${copiedText(column, value)}` : text.length > 24 ? text : undefined;
  return (
    <span class="grid-text" title={title?.slice(0, 2000)}>
      {text.slice(0, SHOWN_CHARS).replaceAll("\n", " ⏎ ")}
    </span>
  );
}

function Box({ value }: { readonly value: Json }) {
  const state = value === null ? "none" : value ? "true" : "false";
  return (
    <span class={`box box-${state}`}>
      {value === true && <Icon name="done" />}
      <span class={value === null ? "visually-hidden" : "box-word"}>
        {value === null ? "Empty" : value ? "True" : "False"}
      </span>
    </span>
  );
}

function MediaShown({ media }: { readonly media: Media }) {
  return (
    <span class="grid-text" title={`${media.name ?? "a file"}, ${media.type ?? "no type"}, ${size(media.length)}`}>
      <Icon name="type-media" /> {media.name ?? "a file"} <span class="muted">{size(media.length)}</span>
    </span>
  );
}

/// Bytes in words.
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
