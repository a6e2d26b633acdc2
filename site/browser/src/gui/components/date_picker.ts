import { formatted } from "../date_format.ts";
import { Component, type Host, string, tag } from "./component.ts";

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/// The browser's own picker. While it has no focus it shows its date as `format` says, or the placeholder.
///
/// Dates cross as ISO texts; a time without an offset is the visitor's.
export class DatePicker extends Component {
  readonly #input = tag("input", "form-control to-disable anvil-datepicker-input");
  readonly #shown = tag("span", "anvil-datepicker-shown");
  #withTime = false;
  #format = "";
  #placeholder = "";
  #given: Record<string, unknown> = {};
  /// The date that Python was told of last.
  #told = "";
  #isTyping = false;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-datepicker"));
    this.#input.type = "date";
    this.#shown.setAttribute("aria-hidden", "true");
    this.element.append(this.#input, this.#shown);
    this.nameBy(undefined);
    // Typing a year passes through years like 0002, so keys count as a choice when the field is left.
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#settle();
      else if (event.key !== "Tab") this.#isTyping = true;
    });
    this.#input.addEventListener("pointerdown", () => (this.#isTyping = false));
    this.#input.addEventListener("change", () => (this.#isTyping ? undefined : this.#settle()));
    this.#input.addEventListener("blur", () => this.#settle());
  }

  protected override readonly setters = {
    date: (value: unknown) => this.#take("date", value),
    min_date: (value: unknown) => this.#take("min_date", value),
    max_date: (value: unknown) => this.#take("max_date", value),
    pick_time: (value: unknown) => {
      if (Boolean(value) === this.#withTime) return;
      this.#withTime = Boolean(value);
      this.#input.type = value ? "datetime-local" : "date";
      for (const name of Object.keys(this.#given)) this.#take(name, this.#given[name]);
    },
    format: (value: unknown) => {
      this.#format = string(value);
      this.#show();
    },
    placeholder: (value: unknown) => {
      this.#placeholder = string(value);
      this.nameBy(undefined);
      this.#show();
    },
    enabled: (value: unknown) => {
      this.#input.disabled = !value;
    },
  };

  #take(name: string, value: unknown): void {
    this.#given[name] = value;
    const text = inputText(string(value), this.#withTime);
    if (name === "min_date") this.#input.min = text;
    else if (name === "max_date") this.#input.max = text;
    else {
      this.#input.value = text;
      this.#told = this.#input.value;
      this.#show();
    }
  }

  /// The date, or the time with its minutes ahead of UTC; null for none.
  override get(name: string): unknown {
    const text = this.#input.value;
    if (name !== "date") return undefined;
    if (text === "") return null;
    return this.#withTime ? [text, -new Date(text).getTimezoneOffset()] : text;
  }

  /// What somebody chose or typed holds now, within its bounds.
  #settle(): void {
    this.#isTyping = false;
    const { value, min, max } = this.#input;
    if (value && min && value < min) this.#input.value = min;
    if (value && max && value > max) this.#input.value = max;
    this.#show();
    if (this.#input.value === this.#told) return;
    this.#told = this.#input.value;
    this.#given.date = this.#input.value;
    this.raise("change");
  }

  #show(): void {
    const text = this.#input.value;
    const date = new Date(this.#withTime ? text : `${text}T00:00`);
    const isPlain = this.#format === "" || this.#format === "%x" || this.#format === "%c";
    if (text === "") this.#shown.textContent = this.#placeholder;
    else this.#shown.textContent = isPlain ? "" : formatted(date, this.#format);
    this.#shown.classList.toggle("placeholder", text === "");
    this.element.classList.toggle("has-shown", this.#shown.textContent !== "");
  }

  protected override textElement(): HTMLElement {
    return this.element;
  }

  protected override boxElement(): HTMLElement {
    return this.#input;
  }

  protected override focusable(): HTMLElement {
    return this.#input;
  }

  protected override named(): HTMLElement {
    return this.#input;
  }

  protected override ownName(): string {
    return this.element.title || this.#placeholder || "Date";
  }
}

/// What the browser's field takes: "2026-12-31" or "2026-12-31T12:30" in the visitor's own time; "" for what is no date.
export function inputText(value: string, withTime: boolean): string {
  const parts = value.match(ISO);
  if (value !== "now" && !parts) return "";
  const isLocal = parts && !parts[7];
  const moment = value === "now" ? new Date() : new Date(isLocal ? local(parts) : value.replace(" ", "T"));
  if (Number.isNaN(moment.getTime())) return "";
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${String(moment.getFullYear()).padStart(4, "0")}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  if (!withTime) return day;
  const seconds = value !== "now" && moment.getSeconds() ? `:${two(moment.getSeconds())}` : "";
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}${seconds}`;
}

/// A text that every browser reads as the visitor's own time.
function local([, year, month, day, hour = "00", minute = "00", second = "00"]: RegExpMatchArray): string {
  return `${year}-${month}-${day}T${hour}:${minute}:${second}`;
}
