import { useState } from "preact/hooks";
import { Icon } from "../../editor/parts.tsx";
import type { Role } from "../theme/theme.ts";
import { rolesFor, rolesOf, roleValue } from "./roles.ts";

interface Props {
  readonly label: string;
  /// The type of the component.
  readonly type: string;
  readonly value: unknown;
  readonly set: (value: unknown) => void;
  readonly roles: readonly Role[];
}

/// The roles that a component can have, each to be pressed; several at once are allowed.
export function RoleField({ label, type, value, set, roles }: Props) {
  const [isAll, setAll] = useState(false);
  const [typed, setTyped] = useState("");
  const chosen = rolesOf(value);
  const { fitting, others } = rolesFor(type, roles);
  const shown = [...fitting, ...(isAll ? others : [])];
  const strange = chosen.filter((name) => !shown.includes(name));
  const turn = (name: string): void => {
    const next = chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name];
    set(roleValue(next));
  };
  const add = (): void => {
    const named = rolesOf(typed).filter((name) => !chosen.includes(name));
    if (named.length > 0) set(roleValue([...chosen, ...named]));
    setTyped("");
  };
  return (
    <div class="design-roles" role="group" aria-label={label}>
      {[...strange, ...shown].map((name) => (
        <button
          key={name}
          type="button"
          class="button small"
          aria-pressed={chosen.includes(name)}
          onClick={() => turn(name)}
        >
          {name}
        </button>
      ))}
      {others.length > 0 && (
        <button type="button" class="button quiet small" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
          <Icon name={isAll ? "left" : "down"} /> {isAll ? "Fewer" : "Others"}
        </button>
      )}
      <input
        type="text"
        aria-label="Another role"
        placeholder="another role"
        value={typed}
        spellcheck={false}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onChange={add}
      />
    </div>
  );
}

/// One role to choose, where there is little room.
export function RoleChoice({ label, type, value, set, roles }: Props) {
  const chosen = rolesOf(value);
  const { fitting } = rolesFor(type, roles);
  const shown = chosen.join(" ");
  const all = chosen.length === 0 || fitting.includes(shown) ? fitting : [shown, ...fitting];
  return (
    <select aria-label={label} value={shown} onChange={(event) => set(roleValue(rolesOf(event.currentTarget.value)))}>
      <option value="">(no role)</option>
      {all.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
