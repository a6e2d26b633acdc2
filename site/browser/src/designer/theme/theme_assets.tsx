import { Icon, IconButton } from "../../editor/parts.tsx";
import { NameField } from "../inspector/name_field.tsx";
import { dropsOf, UploadButton, UploadState, useUploads } from "../inspector/upload.tsx";
import { type Asset, assetNameProblem, sizeText } from "./assets.ts";
import type { Look } from "./look.ts";

/// The theme's files: pictures, styles, pages. What is dropped here comes to them.
export function ThemeAssets({ look }: { readonly look: Look }) {
  const uploads = useUploads(look, "file", () => undefined);
  const assets = look.assets.value;
  const names = assets.map(({ name }) => name);
  return (
    <details open {...dropsOf(uploads)}>
      <summary>Files</summary>
      {assets.map((asset) => (
        <AssetRow key={asset.path} look={look} asset={asset} others={names.filter((name) => name !== asset.name)} />
      ))}
      {assets.length === 0 && (
        <p class="console-empty">
          Pictures, styles and pages of the widget. Each has an address: asset:logo.png in properties, /_/theme/logo.png
          in HTML.
        </p>
      )}
      <UploadButton uploads={uploads} must="file" label="Upload a file">
        Upload a file
      </UploadButton>
      <UploadState uploads={uploads} look={look} />
    </details>
  );
}

function AssetRow(props: { readonly look: Look; readonly asset: Asset; readonly others: readonly string[] }) {
  const { look, asset, others } = props;
  const { name, picture, size_bytes } = asset;
  const uses = look.uses("asset", name).length;
  return (
    <div class="theme-asset">
      {picture ? (
        <img src={picture} alt="" />
      ) : (
        <button
          type="button"
          class="thumb"
          title={`Open ${name}`}
          aria-label={`Open ${name}`}
          onClick={() => look.openAsset(name)}
        >
          <Icon name="text" />
        </button>
      )}
      <span>
        <NameField
          label={`Name of ${name}`}
          name={name}
          problemOf={(typed) => assetNameProblem(typed, others)}
          set={(to) => look.renameAsset(name, to)}
        />
        <small>
          {sizeText(size_bytes)}
          {uses > 0 && ` · in ${uses} ${uses === 1 ? "file" : "files"}`}
        </small>
      </span>
      <IconButton icon="delete" label={`Delete ${name}`} onClick={() => look.removeAsset(name)} />
    </div>
  );
}
