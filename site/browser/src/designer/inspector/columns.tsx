import { IconButton } from "../../editor/parts.tsx";

/// A column of a DataGrid, as a design has it; more than this is kept as it is.
export interface Column {
  readonly id: string;
  readonly title?: string;
  readonly data_key?: string;
  /// Pixels; without any it takes what room is left.
  readonly width?: unknown;
}

interface Props {
  readonly label: string;
  readonly value: unknown;
  readonly set: (value: unknown) => void;
}

/// The columns of a grid: what each is called, and which part of a row it shows.
export function Columns({ label, value, set }: Props) {
  const columns = Array.isArray(value) ? (value as readonly Column[]) : [];
  const change = (at: number, part: Partial<Column> | null): void => {
    const next = columns.flatMap((column, index) => (index !== at ? [column] : part ? [{ ...column, ...part }] : []));
    set(next.length > 0 ? next : undefined);
  };
  return (
    <div class="design-columns" role="group" aria-label={label}>
      {columns.map((column, at) => (
        <div key={column.id}>
          <Part name={`Title of column ${at + 1}`} value={column.title} set={(title) => change(at, { title })} />
          <Part
            name={`Data key of column ${at + 1}`}
            value={column.data_key}
            set={(data_key) => change(at, { data_key })}
          />
          <input
            type="number"
            min={0}
            aria-label={`Width of column ${at + 1}, in pixels`}
            placeholder="width"
            value={column.width === undefined || column.width === null ? "" : String(column.width)}
            onChange={(event) => change(at, { width: Number(event.currentTarget.value) || undefined })}
          />
          <IconButton icon="close" label={`Remove column ${at + 1}`} onClick={() => change(at, null)} />
        </div>
      ))}
      <button
        type="button"
        class="button small"
        onClick={() => set([...columns, { id: freshId(columns), title: `Column ${columns.length + 1}`, data_key: "" }])}
      >
        Add a column
      </button>
    </div>
  );
}

function Part(props: {
  readonly name: string;
  readonly value: string | undefined;
  readonly set: (text: string) => void;
}) {
  return (
    <input
      type="text"
      aria-label={props.name}
      placeholder={props.name.startsWith("Title") ? "title" : "data_key"}
      value={props.value ?? ""}
      spellcheck={false}
      onChange={(event) => props.set(event.currentTarget.value)}
    />
  );
}

function freshId(columns: readonly Column[]): string {
  const taken = new Set(columns.map(({ id }) => id));
  for (let number = 1; ; number += 1) if (!taken.has(`column_${number}`)) return `column_${number}`;
}
