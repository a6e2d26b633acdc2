import { Container, type Host, tag } from "./component.ts";

/// One form for each item; Python makes them.
export class RepeatingPanel extends Container {
  constructor(id: number, host: Host) {
    super(id, host, tag("div", "repeating-panel anvil-container"));
  }
}
