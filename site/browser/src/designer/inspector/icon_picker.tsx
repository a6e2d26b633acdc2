import { fa, mi } from "icon-names";
import { useMemo, useState } from "preact/hooks";
import { Icon } from "../../editor/parts.tsx";
import type { Asset } from "../theme/assets.ts";
import { DrawnIcon } from "./icon_field.tsx";
import { found, type Line, lines } from "./icon_search.ts";
import { Popup, useGrid } from "./popup.tsx";

const SETS = [
  ["", "All"],
  ["fa", "Font Awesome"],
  ["mi", "Material"],
  ["own", "Own pictures"],
] as const;

/// How many are drawn at first, and more with each look further down.
const PAGE = 240;

interface Props {
  readonly value: string;
  readonly assets: readonly Asset[];
  /// undefined: no icon.
  readonly pick: (value: string | undefined) => void;
  readonly onClose: () => void;
}

/// Icons as pictures, found by words: arrows go through them, Enter takes one.
export function IconPicker({ value, assets, pick, onClose }: Props) {
  const [typed, setTyped] = useState("");
  const [set, setSet] = useState("");
  const [shown, setShown] = useState(PAGE);
  const { grid, onKeyDown } = useGrid<HTMLDivElement>();
  const all = useMemo<readonly Line[]>(() => [...lines("fa", fa), ...lines("mi", mi), ...pictures(assets)], [assets]);
  const matching = useMemo(() => found(all, typed, set), [all, typed, set]);
  const first = Math.max(
    0,
    matching.findIndex(({ value: one }) => one === value),
  );
  const search = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && matching[0]) pick(matching[0].value);
    else if (event.key === "ArrowDown") grid.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <Popup label="Choose an icon" className="icon-picker" onClose={onClose}>
      <input
        type="search"
        aria-label="Find an icon"
        placeholder="user, arrow, money…"
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setShown(PAGE);
        }}
        onKeyDown={search}
      />
      <div class="segments" role="group" aria-label="Icons of">
        {SETS.map(([key, label]) => (
          <button key={key} type="button" class="button small" aria-pressed={set === key} onClick={() => setSet(key)}>
            {label}
          </button>
        ))}
        {value && (
          <button type="button" class="button small" onClick={() => pick(undefined)}>
            <Icon name="close" /> No icon
          </button>
        )}
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: its buttons have the focus that its keys move. */}
      <div
        ref={grid}
        class="icon-grid"
        onKeyDown={onKeyDown}
        onScroll={(event) => {
          const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
          if (scrollTop + clientHeight > scrollHeight - 200 && shown < matching.length) setShown(shown + PAGE);
        }}
      >
        {matching.slice(0, Math.max(shown, first < PAGE ? 0 : first + 1)).map((one, at) => (
          <button
            key={one.value}
            type="button"
            title={one.value}
            aria-label={one.value}
            aria-pressed={one.value === value}
            tabIndex={at === first ? 0 : -1}
            onClick={() => pick(one.value)}
          >
            <DrawnIcon name={one.value} assets={assets} />
            <span aria-hidden="true">{one.name}</span>
          </button>
        ))}
      </div>
      <p role="status">{said(matching.length, set, typed)}</p>
    </Popup>
  );
}

function said(count: number, set: string, typed: string): string {
  if (count > 0) return `${count} icon${count === 1 ? "" : "s"}`;
  if (set === "own" && !typed) return "The theme has no pictures yet: upload them in the designer's Theme panel.";
  return `No icon is called “${typed}”. Try a word for what it shows.`;
}

function pictures(assets: readonly Asset[]): readonly Line[] {
  return assets.flatMap(({ name, picture }) =>
    picture ? [{ set: "own", value: `asset:${name}`, name, words: name.toLowerCase() }] : [],
  );
}
