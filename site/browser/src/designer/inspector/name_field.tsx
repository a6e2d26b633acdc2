import { useLayoutEffect, useState } from "preact/hooks";
import { useTyped } from "../../editor/typed.ts";

/// A name that is taken when it is whole and good; what is wrong with it is said below.
export function NameField(props: {
  readonly label: string;
  readonly name: string;
  readonly problemOf: (typed: string) => string;
  readonly set: (name: string) => void;
}) {
  const { label, name, problemOf, set } = props;
  const [typed, setTyped] = useTyped(name);
  const [problem, setProblem] = useState("");
  useLayoutEffect(() => setProblem(""), [name]);
  const take = (): void => {
    const wanted = typed.trim();
    const wrong = wanted === name ? "" : problemOf(wanted);
    setProblem(wrong);
    if (!wrong && wanted !== name) set(wanted);
  };
  return (
    <span class="design-name">
      <input
        type="text"
        aria-label={label}
        aria-invalid={problem ? true : undefined}
        value={typed}
        spellcheck={false}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onChange={take}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          setTyped(name);
          setProblem("");
        }}
      />
      {problem && (
        <small class="problem" role="alert">
          {problem}
        </small>
      )}
    </span>
  );
}
