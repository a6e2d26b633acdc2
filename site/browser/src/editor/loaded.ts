import { useEffect, useState } from "preact/hooks";

/// What `load` brings, as in `useLoaded(() => import("./pane.tsx"))`; null until it is there. It is asked for again while
/// the site is away.
export function useLoaded<T extends object>(load: () => Promise<T>): T | null {
  const [loaded, setLoaded] = useState<T | null>(null);
  useEffect(() => {
    const ask = (): void => void load().then(setLoaded, () => setTimeout(ask, 3000));
    ask();
  }, []);
  return loaded;
}
