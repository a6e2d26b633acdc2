import { Container, type Host, tag } from "./component.ts";

export class LinearPanel extends Container {
  constructor(id: number, host: Host) {
    super(id, host, tag("div", "linear-panel anvil-container"));
  }
}
