import { Component, type Host, tag } from "./component.ts";

/// How far something is, in percent; without a value it moves.
class Progress extends Component {
  constructor(id: number, host: Host, shape: "linear" | "circular") {
    super(id, host, tag("div", `anvil-${shape}-progress`));
    this.element.setAttribute("role", "progressbar");
    this.element.setAttribute("aria-label", "Progress");
    this.element.append(tag("div", "progress-part"));
    this.set("value", undefined);
  }

  protected override readonly setters = {
    value: (value: unknown) => {
      const isKnown = value !== undefined && value !== null;
      this.element.classList.toggle("indeterminate", !isKnown);
      if (isKnown) {
        const part = Math.min(Math.max(Number(value) || 0, 0), 100);
        this.element.setAttribute("aria-valuenow", String(Math.round(part)));
        this.element.style.setProperty("--part", String(part / 100));
      } else {
        this.element.removeAttribute("aria-valuenow");
        this.element.style.removeProperty("--part");
      }
    },
  };

  protected override textElement(): HTMLElement {
    return this.element;
  }
}

export class LinearProgress extends Progress {
  constructor(id: number, host: Host) {
    super(id, host, "linear");
  }
}

export class CircularProgress extends Progress {
  constructor(id: number, host: Host) {
    super(id, host, "circular");
  }
}
