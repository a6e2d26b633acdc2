import { Container, type Host, tag } from "./component.ts";

export class LinearPanel extends Container {
  static override readonly isCopied = true;

  constructor(id: number, host: Host, copy?: HTMLElement) {
    super(id, host, copy ?? tag("div", "linear-panel anvil-container"), copy !== undefined);
  }
}
