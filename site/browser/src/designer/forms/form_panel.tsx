import { Icon } from "../../editor/parts.tsx";
import { turnTheme } from "../panel.ts";
import { FormHead } from "./form_head.tsx";
import { OwnPanel, type OwnProps } from "./own_panel.tsx";

/// The inspector of a form as a whole, beside the properties of its container.
export function FormPanel(props: OwnProps) {
  return (
    <>
      <FormHead designer={props.designer} />
      <button type="button" class="button small" onClick={turnTheme}>
        <Icon name="palette" /> Theme: colours, roles, files
      </button>
      <OwnPanel {...props} />
    </>
  );
}
