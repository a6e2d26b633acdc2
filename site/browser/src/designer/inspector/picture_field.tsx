import { useState } from "preact/hooks";
import { Icon } from "../../editor/parts.tsx";
import { assetNamed } from "../theme/assets.ts";
import type { Look } from "../theme/look.ts";
import { useLater } from "./popup.tsx";
import { dropsOf, UploadButton, UploadState, useUploads } from "./upload.tsx";

interface Props {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string | undefined) => void;
  readonly look: Look;
}

/// A picture: one of the theme, one that is uploaded into it, or one at an address.
export function PictureField({ label, value, set, look }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [picker, load] = useLater(() => import("./picture_picker.tsx"));
  const uploads = useUploads(look, "picture", (name) => {
    set(`asset:${name}`);
    setOpen(false);
  });
  const asset = look.assets.value.find(({ name }) => name === assetNamed(value));
  const isLost = assetNamed(value) !== "" && !asset;
  return (
    <div class="design-picture" {...dropsOf(uploads)}>
      <button
        type="button"
        class="thumb"
        aria-label={`Choose ${label}`}
        title={`Choose ${label}`}
        onClick={() => {
          setOpen(true);
          load();
        }}
      >
        {asset?.picture ? <img src={asset.picture} alt="" /> : <Icon name={isLost ? "warning" : "picture"} />}
      </button>
      <input
        type="text"
        aria-label={label}
        aria-invalid={isLost || undefined}
        title={isLost ? `The theme has no ${assetNamed(value)}.` : undefined}
        value={value}
        placeholder="none, or an address"
        spellcheck={false}
        onChange={(event) => set(event.currentTarget.value.trim() || undefined)}
      />
      <UploadButton uploads={uploads} must="picture" label={`Upload ${label}`} />
      <UploadState uploads={uploads} look={look} />
      {isOpen && picker && (
        <picker.PicturePicker
          value={value}
          look={look}
          uploads={uploads}
          pick={(chosen) => {
            set(chosen);
            setOpen(false);
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </div>
  );
}
