import { Icon, IconButton } from "../editor/parts.tsx";
import type { Designer } from "./designer.ts";
import { withoutMethods } from "./texts/left_behind.ts";

/// Lines that are named one by one.
const SHOWN = 5;

/// Says what the code still has of what was deleted, and takes away what does nothing.
export function LeftNotice({ designer }: { readonly designer: Designer }) {
  const left = designer.left.value;
  if (!left) return null;
  const { name, lines, idle } = left;
  return (
    <div class="editor-notice design-left" role="group" aria-label={`What is left of ${name}`}>
      <Icon name="warning" />
      {lines.length > 0 && (
        <span>
          The code still names {name}:
          {lines.slice(0, SHOWN).map((line) => (
            <button key={line} type="button" class="button small" onClick={() => designer.showCode(line)}>
              line {line}
            </button>
          ))}
          {lines.length > SHOWN && ` and ${lines.length - SHOWN} more`}
        </span>
      )}
      {idle.length > 0 && (
        <button type="button" class="button small" onClick={() => dropHandlers(designer, idle)}>
          Delete {idle.join(", ")}, which {idle.length > 1 ? "do" : "does"} nothing
        </button>
      )}
      <IconButton
        icon="close"
        label="Hide this"
        onClick={() => {
          designer.left.value = null;
        }}
      />
    </div>
  );
}

/// In the step that deleted what they answered.
function dropHandlers(designer: Designer, idle: readonly string[]): void {
  const { code: before, form } = designer;
  const after = withoutMethods(before, form, idle);
  designer.amend({ path: form.code, before, after }, `Deleted ${idle.join(", ")}, too`);
}
