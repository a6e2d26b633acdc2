/// Which class draws a component of components.json. One line each.
import { Button } from "./button.ts";
import { Canvas } from "./canvas.ts";
import { CheckBox, RadioButton } from "./check_box.ts";
import { ColumnPanel } from "./column_panel.ts";
import type { Component, Host } from "./component.ts";
import { DataGrid } from "./data_grid.ts";
import { DataRowPanel } from "./data_row_panel.ts";
import { DatePicker } from "./date_picker.ts";
import { DropDown } from "./drop_down.ts";
import { FileLoader } from "./file_loader.ts";
import { FlowPanel } from "./flow_panel.ts";
import { FormInLayout } from "./form_in_layout.ts";
import { GoogleMap } from "./google_map.ts";
import { GridPanel } from "./grid_panel.ts";
import { HtmlTemplate } from "./html_template.ts";
import { Image } from "./image.ts";
import { Label } from "./label.ts";
import { LinearPanel } from "./linear_panel.ts";
import { Link } from "./link.ts";
import { MapOverlay } from "./map_overlay.ts";
import { Plot } from "./plot.ts";
import { CircularProgress, LinearProgress } from "./progress.ts";
import { RepeatingPanel } from "./repeating_panel.ts";
import { RichText } from "./rich_text.ts";
import { Spacer } from "./spacer.ts";
import { StripeCard } from "./stripe_card.ts";
import { TextArea, TextBox } from "./text_input.ts";
import { Timer } from "./timer.ts";
import { XYPanel } from "./xy_panel.ts";
import { YouTubeVideo } from "./you_tube_video.ts";

export interface Kind {
  /// `copy` is given where `isCopied` says so, and but for the first of the kind.
  new (id: number, host: Host, copy?: HTMLElement): Component;
  readonly isCopied: boolean;
}

export const KINDS: Readonly<Record<string, Kind>> = {
  Button,
  Canvas,
  CheckBox,
  CircularProgress,
  ColumnPanel,
  DatePicker,
  DropDown,
  FileLoader,
  DataGrid,
  DataRowPanel,
  // Of newer designs; here the same.
  FlexColumnPanel: ColumnPanel,
  FlowPanel,
  FormInLayout,
  GoogleMap,
  GridPanel,
  HtmlPanel: HtmlTemplate,
  HtmlTemplate,
  Image,
  Label,
  LinearPanel,
  LinearProgress,
  Link,
  // What is on a GoogleMap; made by code alone.
  MapOverlay,
  Plot,
  RadioButton,
  RepeatingPanel,
  RichText,
  Spacer,
  // In the dialog of stripe.checkout.
  StripeCard,
  TextArea,
  TextBox,
  Timer,
  YouTubeVideo,
  XYPanel,
};
