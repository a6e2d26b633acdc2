import { useEffect, useState } from "preact/hooks";

/// What `load` brings, as in `useLoaded(() => import("./pane.tsx"))`; null until it is there.
export function useLoaded<T extends object>(load: () => Promise<T>): T | null {
  const [loaded, setLoaded] = useState<T | null>(null);
  useEffect(() => void load().then(setLoaded), []);
  return loaded;
}
