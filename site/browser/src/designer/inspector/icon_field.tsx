import { useState } from "preact/hooks";
import { Icon } from "../../editor/parts.tsx";
import { addIconStyles } from "../../gui/icon_styles.ts";
import { type Asset, assetNamed } from "../theme/assets.ts";
import { useLater } from "./popup.tsx";

interface Props {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string | undefined) => void;
  readonly assets: readonly Asset[];
}

/// An icon by its name or address, drawn beside it, and a window to look for one.
export function IconField({ label, value, set, assets }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [picker, load] = useLater(() => import("./icon_picker.tsx"));
  const open = (): void => {
    setOpen(true);
    load();
  };
  return (
    <span class="design-icon-field">
      <button
        type="button"
        class="button small"
        aria-label={`Choose ${label}`}
        title={`Choose ${label}`}
        onClick={open}
      >
        {value ? <DrawnIcon name={value} assets={assets} /> : <Icon name="search" />}
      </button>
      <input
        type="text"
        aria-label={label}
        value={value}
        placeholder="none"
        spellcheck={false}
        onChange={(event) => set(event.currentTarget.value.trim() || undefined)}
      />
      {isOpen && picker && (
        <picker.IconPicker
          value={value}
          assets={assets}
          pick={(chosen) => {
            set(chosen);
            setOpen(false);
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </span>
  );
}

/// An icon as pages draw it.
export function DrawnIcon({ name, assets }: { readonly name: string; readonly assets: readonly Asset[] }) {
  const [, set, rest] = /^(fa|mi):(.*)$/.exec(name) ?? [];
  if (set) addIconStyles();
  if (set === "fa") return <i class={`fa fa-${rest}`} aria-hidden="true" />;
  if (set === "mi")
    return (
      <i class="material-icons" aria-hidden="true">
        {rest}
      </i>
    );
  const asset = assets.find((one) => one.name === assetNamed(name));
  return asset?.picture ? <img src={asset.picture} alt="" /> : <Icon name="open" />;
}
