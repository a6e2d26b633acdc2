import { useEffect, useState } from "preact/hooks";
import type { EditorModel } from "../../editor/model.ts";
import type { Table } from "../../tables/shapes.ts";
import type { Designer } from "../designer.ts";

const SERVER = /^server_code\/.+\.py$/;

/// Keep what the widget offers to its forms in the toolbox: functions of its server code as it is typed, and its tables.
export function useOffers(model: EditorModel, designer: Designer): void {
  const tables = useTables(model);
  const code = model.files.value.filter((path) => SERVER.test(path)).map((path) => model.text(path) ?? "");
  useEffect(() => {
    // Not part of what is waited for: who draws begins with components.
    void import("./offers_of.ts").then(({ offersOf }) => {
      designer.offers.value = offersOf(designer, code, tables);
    });
  }, [designer, tables, code.join("\0")]);
}

/// The widget's tables, asked for again by who comes back from making one.
function useTables(model: EditorModel): readonly Table[] {
  const [tables, setTables] = useState<readonly Table[]>([]);
  useEffect(() => {
    const ask = () => void model.api.tables(model.data.slug).then(setTables, () => {});
    ask();
    addEventListener("focus", ask);
    return () => removeEventListener("focus", ask);
  }, [model]);
  return tables;
}
