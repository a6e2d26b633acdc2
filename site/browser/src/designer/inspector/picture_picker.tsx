import { Icon } from "../../editor/parts.tsx";
import { assetNamed, sizeText } from "../theme/assets.ts";
import type { Look } from "../theme/look.ts";
import { Popup, useGrid } from "./popup.tsx";
import { dropsOf, UploadButton, UploadState, type Uploads } from "./upload.tsx";

interface Props {
  readonly value: string;
  readonly look: Look;
  readonly uploads: Uploads;
  /// undefined: no picture.
  readonly pick: (value: string | undefined) => void;
  readonly onClose: () => void;
}

/// The theme's pictures, to take one of; more can be uploaded, or dropped here.
export function PicturePicker({ value, look, uploads, pick, onClose }: Props) {
  const { grid, onKeyDown } = useGrid<HTMLDivElement>();
  const pictures = look.assets.value.filter(({ picture }) => picture);
  const first = Math.max(
    0,
    pictures.findIndex(({ name }) => name === assetNamed(value)),
  );
  return (
    <Popup label="Choose a picture" className="picture-picker" onClose={onClose}>
      <div class="segments">
        <UploadButton uploads={uploads} must="picture" label="Upload a picture">
          Upload a picture
        </UploadButton>
        {value && (
          <button type="button" class="button small" onClick={() => pick(undefined)}>
            <Icon name="close" /> No picture
          </button>
        )}
      </div>
      <UploadState uploads={uploads} look={look} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: its buttons have the focus that its keys move. */}
      <div ref={grid} class="picture-grid" onKeyDown={onKeyDown} {...dropsOf(uploads)}>
        {pictures.map(({ name, picture, size_bytes }, at) => (
          <button
            key={name}
            type="button"
            title={`${name}, ${sizeText(size_bytes)}`}
            aria-label={name}
            aria-pressed={at === first && name === assetNamed(value)}
            tabIndex={at === first ? 0 : -1}
            onClick={() => pick(`asset:${name}`)}
          >
            <img src={picture} alt="" />
            <span aria-hidden="true">{name}</span>
          </button>
        ))}
        {pictures.length === 0 && (
          <p class="console-empty">The theme has no pictures yet. Upload one, or drop it here.</p>
        )}
      </div>
    </Popup>
  );
}
