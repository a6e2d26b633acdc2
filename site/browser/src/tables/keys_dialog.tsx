/// What the keyboard does in the grid.
import { Dialog } from "../editor/dialog.tsx";
import { KEYS } from "./grid_keys.ts";

export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog label="Keys of the table" className="table-dialog" onClose={onClose}>
      <h2>Keys of the table</h2>
      <dl class="facts">
        {KEYS.map(([what, keys]) => [
          <dt key={what}>{what}</dt>,
          <dd key={`${what}-keys`}>
            <kbd>{keys}</kbd>
          </dd>,
        ])}
      </dl>
      <form method="dialog">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </Dialog>
  );
}
