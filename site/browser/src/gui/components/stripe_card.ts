import { Component, type Host, tag } from "./component.ts";

const LIBRARY = "https://js.stripe.com/v3/";
const MISSING = "Stripe can't be reached from here. Try again when you are online.";

interface Answer {
  readonly token?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message?: string };
}

interface Card {
  mount(element: HTMLElement): void;
  on(event: "change", told: (event: Answer) => void): void;
  unmount(): void;
}

interface StripeThing {
  elements(): { create(kind: "card", options: Readonly<Record<string, unknown>>): Card };
  createToken(card: Card, details: Readonly<Record<string, unknown>>): Promise<Answer>;
}

interface Config {
  readonly public_key: string;
  readonly zipcode: boolean;
}

/// Stripe's field for a card, in a frame of theirs: what is typed there never comes here.
export class StripeCard extends Component {
  readonly #field = tag("div", "stripe-card-field");
  readonly #note = tag("p", "stripe-card-note");
  #coming: Promise<void> | undefined;
  #stripe: StripeThing | undefined;
  #card: Card | undefined;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-stripe-card"));
    this.#field.setAttribute("role", "group");
    this.#field.setAttribute("aria-label", "Card");
    this.#note.setAttribute("role", "alert");
    this.element.append(this.#field, this.#note);
  }

  protected override readonly setters = {
    config: (value: unknown) => {
      this.#coming = this.#begin(value as Config);
    },
  };

  async #begin({ public_key: key, zipcode }: Config): Promise<void> {
    await this.host.library(LIBRARY);
    const begin = (globalThis as { Stripe?: (key: string) => StripeThing }).Stripe;
    if (!begin) {
      this.#note.textContent = MISSING;
      return;
    }
    this.#stripe = begin(key);
    // A frame of another host takes no styles from here.
    const { color, fontFamily, fontSize } = getComputedStyle(document.body);
    const style = { base: { color, fontFamily, fontSize } };
    this.#card = this.#stripe.elements().create("card", { hidePostalCode: !zipcode, style });
    this.#card.mount(this.#field);
    this.#card.on("change", ({ error }) => {
      this.#note.textContent = error?.message ?? "";
    });
  }

  /// What Stripe makes of the card: {"token"}, or {"error": text}.
  override async ask(method: string, args: readonly unknown[]): Promise<unknown> {
    if (method !== "token") return super.ask(method, args);
    await this.#coming;
    if (!this.#stripe || !this.#card) return { error: MISSING };
    const { token, error } = await this.#stripe.createToken(this.#card, args[0] as Record<string, unknown>);
    return token ? { token } : { error: error?.message ?? "Stripe does not take this card." };
  }
}
