/// Which class draws a component of components.json. One line each.
import { Button } from "./button.ts";
import { ColumnPanel } from "./column_panel.ts";
import type { Component, Host } from "./component.ts";
import { FlowPanel } from "./flow_panel.ts";
import { HtmlTemplate } from "./html_template.ts";
import { Label } from "./label.ts";
import { LinearPanel } from "./linear_panel.ts";
import { RepeatingPanel } from "./repeating_panel.ts";
import { Spacer } from "./spacer.ts";
import { TextArea, TextBox } from "./text_input.ts";

export const KINDS: Readonly<Record<string, new (id: number, host: Host) => Component>> = {
  Button,
  ColumnPanel,
  FlowPanel,
  HtmlPanel: HtmlTemplate,
  HtmlTemplate,
  Label,
  LinearPanel,
  RepeatingPanel,
  Spacer,
  TextArea,
  TextBox,
};
