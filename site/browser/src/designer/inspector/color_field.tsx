import { useTyped } from "../../editor/typed.ts";
import { hexOf } from "./color_hex.ts";

const THEME = "theme:";

interface Props {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string | undefined) => void;
  /// Of the theme, by name.
  readonly colors: Readonly<Record<string, string>>;
  readonly isSmall: boolean;
}

/// A colour: one of the theme's, one of the browser's own field, or any that CSS has.
export function ColorField({ label, value, set, colors, isSmall }: Props) {
  const [typed, setTyped] = useTyped(value);
  const names = Object.keys(colors);
  const isKnown = (text: string) =>
    text === "" || (text.startsWith(THEME) ? text.slice(THEME.length) in colors : CSS.supports("color", text));
  const drawn = value.startsWith(THEME) ? (colors[value.slice(THEME.length)] ?? "") : value;
  const list = `design-colors-${label}`;
  return (
    <>
      <span class="design-color">
        <input
          type="color"
          class={drawn ? "" : "none"}
          aria-label={`${label}, chosen`}
          value={hexOf(drawn)}
          onInput={(event) => set(event.currentTarget.value)}
        />
        <input
          type="text"
          aria-label={label}
          aria-invalid={isKnown(typed) ? undefined : true}
          title={isKnown(typed) ? undefined : "No colour of the theme, and none of CSS."}
          value={typed}
          list={list}
          placeholder="none"
          spellcheck={false}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            if (isKnown(event.currentTarget.value)) set(event.currentTarget.value || undefined);
          }}
          onChange={(event) => set(event.currentTarget.value || undefined)}
        />
        <datalist id={list}>
          {names.map((name) => (
            <option key={name} value={THEME + name}>
              {colors[name]}
            </option>
          ))}
        </datalist>
      </span>
      {!isSmall && names.length > 0 && (
        <span class="swatches" role="group" aria-label={`${label}: colours of the theme`}>
          {names.map((name) => (
            <button
              key={name}
              type="button"
              title={name}
              aria-label={name}
              aria-pressed={value === THEME + name}
              style={{ background: colors[name] }}
              onClick={() => set(THEME + name)}
            />
          ))}
        </span>
      )}
    </>
  );
}
