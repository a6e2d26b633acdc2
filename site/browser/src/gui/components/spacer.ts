import { Component, type Host, tag } from "./component.ts";

export class Spacer extends Component {
  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-spacer"));
    this.set("height", 32);
  }
}
