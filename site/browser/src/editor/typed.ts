import { useLayoutEffect, useState } from "preact/hooks";

/// What is typed into a field, which begins anew when the value is another one.
///
/// It follows the value before the browser draws: a moment later (`useEffect`) somebody may be typing already, and
/// would lose that.
export function useTyped(value: string): readonly [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value);
  useLayoutEffect(() => setTyped(value), [value]);
  return [typed, setTyped];
}
