import { useState } from "preact/hooks";
import { Dialog } from "./dialog.tsx";
import { FONT_PX, prefer, preferences, setTheme, type Theme, theme } from "./preferences.ts";

/// How the editor looks and which keys it knows; what is chosen holds at once.
export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const { font_px, wraps, keys } = preferences.value;
  const [colours, setColours] = useState(theme());
  return (
    <Dialog label="Settings of the editor" onClose={onClose}>
      <h2>Settings of the editor</h2>
      <form method="dialog" class="stack">
        <div class="field">
          <label for="editor-font">Size of the text</label>
          <input
            id="editor-font"
            type="number"
            min={FONT_PX.least}
            max={FONT_PX.most}
            value={font_px}
            onChange={(event) => prefer({ font_px: event.currentTarget.valueAsNumber })}
          />
        </div>
        <div class="field">
          <label for="editor-keys">Keys</label>
          <select
            id="editor-keys"
            value={keys}
            onChange={(event) => prefer({ keys: event.currentTarget.value as "plain" | "vim" })}
          >
            <option value="plain">As in most editors</option>
            <option value="vim">Vim</option>
          </select>
        </div>
        <div class="field">
          <label for="editor-theme">Colours</label>
          <select
            id="editor-theme"
            value={colours}
            onChange={(event) => {
              const chosen = event.currentTarget.value as Theme;
              setTheme(chosen);
              setColours(chosen);
            }}
          >
            <option value="system">As the system has them</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
          </select>
        </div>
        <label class="latest">
          <input type="checkbox" checked={wraps} onChange={(event) => prefer({ wraps: event.currentTarget.checked })} />
          Wrap long lines of code
        </label>
        <div>
          <button type="submit" class="button">
            Close
          </button>
        </div>
      </form>
    </Dialog>
  );
}
