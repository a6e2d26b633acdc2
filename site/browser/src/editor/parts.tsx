import type { ComponentChildren } from "preact";

let sprite = "";

/// Where the icons are; set once before anything is drawn.
export function setSprite(address: string): void {
  sprite = address;
}

export function Icon({ name }: { readonly name: string }) {
  return (
    <svg class="icon" aria-hidden="true">
      <use href={`${sprite}#${name}`} />
    </svg>
  );
}

export interface IconButtonProps {
  readonly icon: string;
  readonly label: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
}

/// A small square button; its label is its accessible name and its tooltip.
export function IconButton({ icon, label, onClick, disabled = false }: IconButtonProps) {
  return (
    <button
      type="button"
      class="button quiet small icon-only"
      title={label}
      aria-label={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

export function Pane({
  label,
  className,
  children,
}: {
  readonly label: string;
  readonly className: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section class={className} aria-label={label}>
      {children}
    </section>
  );
}
