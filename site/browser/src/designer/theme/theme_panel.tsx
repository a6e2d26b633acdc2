import { Icon, IconButton } from "../../editor/parts.tsx";
import { panel } from "../panel.ts";
import type { Look } from "./look.ts";
import { ThemeAssets } from "./theme_assets.tsx";
import { ThemeColors } from "./theme_colors.tsx";
import { ThemeGone } from "./theme_gone.tsx";
import { ThemeRoles } from "./theme_roles.tsx";

/// How the whole widget looks: colours by name, roles, and files. What is changed shows on the canvas at once.
export function ThemePanel({ look }: { readonly look: Look }) {
  return (
    <section class="design-inspector design-theme" aria-label="Theme">
      <header>
        <h2>Theme</h2>
        <IconButton
          icon="close"
          label="Back to the properties"
          onClick={() => {
            panel.value = "properties";
          }}
        />
      </header>
      {look.problem.value && (
        <p class="problem" role="alert">
          <Icon name="warning" /> theme/parameters.yaml can't be read: {look.problem.value}
        </p>
      )}
      <ThemeGone look={look} />
      <ThemeColors look={look} />
      <ThemeRoles look={look} />
      <ThemeAssets look={look} />
    </section>
  );
}
