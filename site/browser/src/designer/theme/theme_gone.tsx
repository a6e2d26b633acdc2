import { Icon, IconButton } from "../../editor/parts.tsx";
import type { Look } from "./look.ts";

/// Files that are named one by one.
const SHOWN = 4;
const WORDS = { color: "colour", role: "role", asset: "file" } as const;

/// Says who still names what was deleted from the theme, and lets the forms do without it.
export function ThemeGone({ look }: { readonly look: Look }) {
  const gone = look.gone.value;
  if (!gone) return null;
  const { kind, name, places } = gone;
  const isInForms = kind !== "asset" && places.some(({ path }) => path.endsWith(".yaml"));
  return (
    <div class="theme-gone" role="group" aria-label={`What still names ${name}`}>
      <IconButton
        icon="close"
        label="Hide this"
        onClick={() => {
          look.gone.value = null;
        }}
      />
      <p>
        <Icon name="warning" /> The {WORDS[kind]} <strong>{name}</strong> is gone, but still named in
        {places.slice(0, SHOWN).map(({ path, line }) => (
          <button key={path} type="button" class="button small" onClick={() => look.open(path, line)}>
            {path.replace(/^client_code\/|\/form_template\.yaml$/g, "")}, line {line}
          </button>
        ))}
        {places.length > SHOWN && ` and ${places.length - SHOWN} more`}
      </p>
      {isInForms && (
        <button type="button" class="button small" onClick={() => look.takeOut(gone)}>
          Take it out of the forms
        </button>
      )}
    </div>
  );
}
