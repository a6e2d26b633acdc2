import { Container, type Host, tag } from "./component.ts";

/// Stands for a component that we do not have: what is in it shows.
export class Unknown extends Container {
  constructor(id: number, host: Host, type: string) {
    super(id, host, tag("div", "anvil-unknown-component"));
    this.element.dataset.type = type;
  }
}
