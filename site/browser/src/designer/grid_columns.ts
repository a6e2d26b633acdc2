/// The columns of the grid that a row of it has cells for.
import { localName } from "./forms/widget_forms.ts";
import type { Column } from "./inspector/columns.tsx";
import type { Part, Template } from "./texts/template.ts";

interface Forms {
  /// The form that the row is in.
  readonly name: string;
  readonly template: Template;
  /// Every form of the widget.
  readonly templates: ReadonlyMap<string, Template>;
}

/// The columns for a DataRowPanel: of the grid around it, or around the first list that shows its form; none without one.
export function columnsFor(row: Part, { name, template, templates }: Forms): readonly Column[] {
  const around = gridAround(template, row);
  if (around) return columnsIn(around);
  const names = new Set(templates.keys());
  for (const other of row.id === "" ? templates.values() : []) {
    for (const list of other.parts) {
      const grid = localName(String(list.properties.item_template ?? ""), names) === name && gridAround(other, list);
      if (grid) return columnsIn(grid);
    }
  }
  return [];
}

/// The first column that nothing of the row is in; undefined when each has something.
export function freeColumn(row: Part, columns: readonly Column[]): string | undefined {
  return columns.find(({ id }) => row.children.every((child) => child.layout.column !== id))?.id;
}

function gridAround(template: Template, part: Part): Part | undefined {
  for (let at: Part | undefined = part; at; at = at.parent === null ? undefined : template.part(at.parent))
    if (at.type === "DataGrid") return at;
  return undefined;
}

function columnsIn({ properties }: Part): readonly Column[] {
  return Array.isArray(properties.columns) ? (properties.columns as readonly Column[]) : [];
}
