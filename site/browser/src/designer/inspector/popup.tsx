/// What is chosen from in a window of its own: loaded when it is opened.
import type { ComponentChildren, RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import { Dialog } from "../../editor/dialog.tsx";
import { IconButton } from "../../editor/parts.tsx";

/// A window with a title and a way out. Keys pressed in it are its own.
export function Popup(props: {
  readonly label: string;
  readonly className?: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  return (
    <Dialog label={props.label} className={`design-popup ${props.className ?? ""}`} onClose={props.onClose}>
      <header>
        <h2>{props.label}</h2>
        <IconButton icon="close" label="Close" onClick={props.onClose} />
      </header>
      {props.children}
    </Dialog>
  );
}

/// Lets arrow keys go through the buttons of a grid, whatever fits into its lines.
export function useGrid<T extends HTMLElement>(): {
  readonly grid: RefObject<T | null>;
  readonly onKeyDown: (event: KeyboardEvent) => void;
} {
  const grid = useRef<T>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const cells = [...(grid.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const at = cells.indexOf(document.activeElement as HTMLElement);
    if (at < 0) return;
    const next = nextCell(event.key, at, cells);
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  return { grid, onKeyDown };
}

function nextCell(key: string, at: number, cells: readonly HTMLElement[]): HTMLElement | undefined {
  const top = cells[0]?.offsetTop;
  const columns = Math.max(1, cells.filter((cell) => cell.offsetTop === top).length);
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    Home: -at,
    End: cells.length - 1 - at,
  };
  const step = steps[key];
  return step === undefined ? undefined : cells[at + step];
}

/// A part of the designer that is loaded when somebody asks for it.
export function useLater<T>(load: () => Promise<T>): readonly [T | null, () => void] {
  const [loaded, setLoaded] = useState<T | null>(null);
  return [loaded, () => void load().then((part) => setLoaded(() => part))];
}
