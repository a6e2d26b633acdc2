import { Icon, IconButton } from "../../editor/parts.tsx";
import { useTyped } from "../../editor/typed.ts";
import { hexOf } from "../inspector/color_hex.ts";
import { NameField } from "../inspector/name_field.tsx";
import type { Look } from "./look.ts";
import { colorNameProblem, FIRST_COLORS, freshName, type Preset, type ThemeColor } from "./theme.ts";

/// The theme's colours: properties and styles name them, so all that have one change with it.
export function ThemeColors({ look }: { readonly look: Look }) {
  const { colors, presets } = look.theme.value;
  const names = colors.map(({ name }) => name);
  return (
    <details open>
      <summary>Colours</summary>
      {presets.map((preset) => (
        <Presets key={preset.name} look={look} preset={preset} colors={colors} />
      ))}
      {colors.map((one, at) => (
        // A renamed colour keeps its row, and its field the focus.
        <Color key={at} look={look} color={one} others={names.filter((name) => name !== one.name)} />
      ))}
      {colors.length === 0 && (
        <p class="console-empty">
          A colour with a name can be given to many components, and changed for all of them here.
        </p>
      )}
      <div class="row">
        <button
          type="button"
          class="button small"
          onClick={() => look.setColor(freshName("Colour ", names), "#1f5fd0")}
        >
          <Icon name="plus" /> Colour
        </button>
        {colors.length === 0 && (
          <button type="button" class="button small" onClick={() => look.setColors("Added five colours", FIRST_COLORS)}>
            Begin with five colours
          </button>
        )}
      </div>
    </details>
  );
}

function Color(props: { readonly look: Look; readonly color: ThemeColor; readonly others: readonly string[] }) {
  const { look, color, others } = props;
  const { name } = color;
  return (
    <div class="theme-color">
      <input
        type="color"
        aria-label={`${name}, chosen`}
        value={hexOf(color.color)}
        onInput={(event) => look.setColor(name, event.currentTarget.value)}
      />
      <NameField
        label={`Name of ${name}`}
        name={name}
        problemOf={(typed) => colorNameProblem(typed, others)}
        set={(to) => look.renameColor(name, to)}
      />
      <Value look={look} color={color} />
      <IconButton icon="delete" label={`Delete ${name}`} onClick={() => look.removeColor(name)} />
    </div>
  );
}

/// Any CSS colour, as typed; one that is none waits.
function Value({ look, color }: { readonly look: Look; readonly color: ThemeColor }) {
  const [typed, setTyped] = useTyped(color.color);
  const isColor = CSS.supports("color", typed);
  return (
    <input
      type="text"
      class="mono"
      aria-label={`${color.name} as CSS`}
      aria-invalid={isColor ? undefined : true}
      title={isColor ? typed : "This is no CSS colour: #1f5fd0, rgb(31 95 208), or a name are."}
      value={typed}
      spellcheck={false}
      onInput={(event) => {
        const text = event.currentTarget.value;
        setTyped(text);
        if (CSS.supports("color", text.trim())) look.setColor(color.name, text.trim());
      }}
    />
  );
}

/// Colours that the theme offers together.
function Presets(props: { readonly look: Look; readonly preset: Preset; readonly colors: readonly ThemeColor[] }) {
  const { look, preset, colors } = props;
  const now = new Map(colors.map(({ name, color }) => [name, color.toLowerCase()]));
  const isNow = (option: Preset["options"][number]) =>
    option.colors.every(({ name, color }) => now.get(name) === color.toLowerCase());
  const at = preset.options.findIndex(isNow);
  return (
    <label class="theme-preset">
      <span>{preset.name}</span>
      <select
        value={at}
        onChange={(event) => {
          const chosen = preset.options[Number(event.currentTarget.value)];
          if (chosen) look.setColors(`${preset.name}: ${chosen.name}`, chosen.colors);
        }}
      >
        {at < 0 && <option value={-1}>own colours</option>}
        {preset.options.map((option, number) => (
          <option key={option.name} value={number}>
            {option.name}
          </option>
        ))}
      </select>
    </label>
  );
}
