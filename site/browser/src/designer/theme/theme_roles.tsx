import { Icon, IconButton } from "../../editor/parts.tsx";
import { NameField } from "../inspector/name_field.tsx";
import { TOOLBOX } from "../specs.ts";
import type { Look } from "./look.ts";
import { freshName, type Role, roleNameProblem } from "./theme.ts";

const TYPES = TOOLBOX.flatMap(({ types }) => types);

/// The theme's roles: looks with a name, which theme.css describes.
export function ThemeRoles({ look }: { readonly look: Look }) {
  const { roles } = look.theme.value;
  const names = roles.map(({ name }) => name);
  return (
    <details open>
      <summary>Roles</summary>
      {roles.map((role, at) => (
        // A renamed role keeps its row.
        <RoleRow key={at} look={look} role={role} others={names.filter((name) => name !== role.name)} />
      ))}
      {roles.length === 0 && (
        <p class="console-empty">
          A role is a look with a name, like “card”: components have it, and theme.css says what it looks like. Some are
          there without any theme; these are your own.
        </p>
      )}
      <button type="button" class="button small" onClick={() => look.addRole(freshName("role-", names))}>
        <Icon name="plus" /> Role
      </button>
    </details>
  );
}

function RoleRow(props: { readonly look: Look; readonly role: Role; readonly others: readonly string[] }) {
  const { look, role, others } = props;
  const { name, components } = role;
  const turn = (type: string): void => {
    const next = components.includes(type) ? components.filter((one) => one !== type) : [...components, type];
    look.setRoleComponents(name, next);
  };
  return (
    <div class="theme-role">
      <div>
        <NameField
          label={`Name of role ${name}`}
          name={name}
          problemOf={(typed) => roleNameProblem(typed, others)}
          set={(to) => look.renameRole(name, to)}
        />
        <button
          type="button"
          class="button quiet small"
          title={`The styles of .anvil-role-${name} in theme.css`}
          onClick={() => look.styleRole(name)}
        >
          CSS <Icon name="right" />
        </button>
        <IconButton icon="delete" label={`Delete role ${name}`} onClick={() => look.removeRole(name)} />
      </div>
      <details>
        <summary>for {components.length > 0 ? components.join(", ") : "all components"}</summary>
        <div class="design-roles" role="group" aria-label={`Components with role ${name}`}>
          {[...TYPES, ...components.filter((type) => !TYPES.includes(type))].map((type) => (
            <button
              key={type}
              type="button"
              class="button small"
              aria-pressed={components.includes(type)}
              onClick={() => turn(type)}
            >
              {type}
            </button>
          ))}
        </div>
      </details>
    </div>
  );
}
