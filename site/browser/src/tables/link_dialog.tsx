/// Choosing the rows that a cell links to: words find them, Enter takes them.
import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../editor/dialog.tsx";
import { Icon } from "../editor/parts.tsx";
import { end, put } from "./cell_actions.ts";
import type { DialogProps } from "./form_parts.tsx";
import { idsOf } from "./labels.ts";
import type { Column, Row } from "./shapes.ts";
import type { Choice } from "./table_calls.ts";

interface LinkProps extends DialogProps {
  readonly row: Row | null;
  readonly column: Column;
}

export function LinkDialog({ model, sheet, row, column, onClose }: LinkProps) {
  const isMany = column.type === "link_multiple";
  const [chosen, setChosen] = useState<readonly number[]>(row ? idsOf(sheet.value(row, column)) : []);
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const { found, total, problem } = useChoices(model, column.table ?? "", words);
  const index = Math.min(at, found.length - 1);
  const save = (ids: readonly number[]) => {
    const value = isMany ? (ids.length ? ids : null) : (ids[0] ?? null);
    onClose();
    put(sheet, row, column, value);
    end(sheet, "stay");
  };
  const take = (choice: Choice | undefined) => {
    if (!choice) return;
    sheet.labels.put(column.table, choice.id, choice.label);
    if (!isMany) save([choice.id]);
    else setChosen(chosen.includes(choice.id) ? chosen.filter((one) => one !== choice.id) : [...chosen, choice.id]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const length = Math.max(1, found.length);
    if (event.key === "ArrowDown") setAt((index + 1) % length);
    else if (event.key === "ArrowUp") setAt((index - 1 + length) % length);
    else if (event.key === "Enter" && isMany && (event.ctrlKey || event.metaKey)) save(chosen);
    else if (event.key === "Enter") take(found[index]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog
      label={`${column.name}: ${isMany ? "rows" : "a row"} of ${column.table}`}
      className="table-dialog"
      onClose={onClose}
    >
      <div class="stack">
        <h2>
          {column.name}{" "}
          <span class="muted small">
            {isMany ? "rows" : "a row"} of {column.table}
          </span>
        </h2>
        <input
          type="text"
          role="combobox"
          aria-label="Find a row"
          aria-expanded="true"
          aria-controls="link-list"
          aria-activedescendant={found[index] ? `link-${found[index].id}` : undefined}
          placeholder="Words, or the id of a row"
          value={words}
          onInput={(event) => {
            setWords(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Chosen
          sheet={sheet}
          column={column}
          chosen={chosen}
          onDrop={(id) => setChosen(chosen.filter((one) => one !== id))}
        />
        <div id="link-list" class="link-list" role="listbox" aria-label="Rows" aria-multiselectable={isMany}>
          {found.map((choice, place) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the combobox, which keeps the focus
            <div
              key={choice.id}
              id={`link-${choice.id}`}
              role="option"
              tabIndex={-1}
              class={place === index ? "link-choice at" : "link-choice"}
              aria-selected={chosen.includes(choice.id)}
              onClick={() => take(choice)}
            >
              <span class="link-tick">{chosen.includes(choice.id) && <Icon name="done" />}</span>
              <span class="grow">{choice.label || <span class="muted">no label</span>}</span>
              <span class="muted small">#{choice.id}</span>
            </div>
          ))}
        </div>
        <p class="small muted" role="status">
          {problem ||
            (found.length
              ? `${total.toLocaleString()} ${total === 1 ? "row" : "rows"}${isMany ? ". Enter takes one, Ctrl-Enter saves" : ""}`
              : "No row has these words.")}
        </p>
        <div class="row">
          <button type="button" class="button primary" onClick={() => save(chosen)}>
            Save
          </button>
          {chosen.length > 0 && (
            <button type="button" class="button" onClick={() => save([])}>
              No link
            </button>
          )}
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </div>
    </Dialog>
  );
}

interface ChosenProps {
  readonly sheet: LinkProps["sheet"];
  readonly column: Column;
  readonly chosen: readonly number[];
  readonly onDrop: (id: number) => void;
}

function Chosen({ sheet, column, chosen, onDrop }: ChosenProps) {
  if (!chosen.length) return <p class="small muted">It links to nothing now.</p>;
  return (
    <ul class="chosen-links" aria-label="It links to">
      {chosen.map((id) => {
        const label = sheet.labels.of(column.table, id);
        return (
          <li key={id} class="link-chip">
            {label}
            <button type="button" class="chip-drop" aria-label={`Don't link to ${label}`} onClick={() => onDrop(id)}>
              <Icon name="close" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/// The rows with these words, as they come.
function useChoices(model: LinkProps["model"], table: string, words: string) {
  const [state, setState] = useState<{ found: readonly Choice[]; total: number; problem: string }>({
    found: [],
    total: 0,
    problem: "Looking …",
  });
  useEffect(() => {
    let isOld = false;
    const wait = setTimeout(
      () =>
        model.calls.choices(table, words).then(
          ({ items, total }) => isOld || setState({ found: items, total, problem: "" }),
          (error: Error) => isOld || setState({ found: [], total: 0, problem: error.message }),
        ),
      words ? 150 : 0,
    );
    return () => {
      isOld = true;
      clearTimeout(wait);
    };
  }, [words]);
  return state;
}
