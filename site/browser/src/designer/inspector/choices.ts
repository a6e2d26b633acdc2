/// What the editors of properties have to choose from.
import type { Designer } from "../designer.ts";
import type { Look } from "../theme/look.ts";

export interface Choices {
  readonly forms: readonly string[];
  /// Colours, roles and pictures of the widget's theme.
  readonly look: Look;
  /// The type of the component; "" for several of different ones.
  readonly type: string;
  /// There is little room: beside the component on the canvas.
  readonly isSmall?: boolean;
}

export function choicesOf(designer: Designer, type: string, isSmall = false): Choices {
  return { forms: designer.forms, look: designer.look, type, isSmall };
}
