import { Container, type Host, tag } from "./component.ts";

/// A form that fills the slots of another one, its layout, which is all that is in it.
export class FormInLayout extends Container {
  constructor(id: number, host: Host) {
    super(id, host, tag("div", "form-in-layout anvil-container"));
  }
}
