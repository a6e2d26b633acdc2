import { useEffect, useState } from "preact/hooks";

/// As in editor_stage.css: narrower than that, a form is looked at.
const SMALL = "(max-width: 720px)";

/// Whether the window is too narrow to draw in.
export function useIsSmall(): boolean {
  const [isSmall, setSmall] = useState(matchMedia(SMALL).matches);
  useEffect(() => {
    const query = matchMedia(SMALL);
    const look = () => setSmall(query.matches);
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, []);
  return isSmall;
}
