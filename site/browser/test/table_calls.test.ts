import assert from "node:assert/strict";
import { test } from "node:test";
import { Api } from "../src/api/client.ts";
import type { Row } from "../src/tables/shapes.ts";
import { TableCalls } from "../src/tables/table_calls.ts";

for (const revision of ["7-ab.9-cd", ""]) {
  test(`a file goes only where the cell is as it was read (revision "${revision}")`, async (context) => {
    const row: Row = { id: 3, values: {}, labels: {}, revision };
    const asked: { path: string; match: string | null }[] = [];
    context.mock.method(globalThis, "fetch", async (path: string, options: RequestInit) => {
      asked.push({ path, match: new Headers(options.headers).get("if-match") });
      return new Response(JSON.stringify(row));
    });

    await new TableCalls(new Api("token"), "a-b-c").putMedia("books", row, "cover", new File(["x"], "x y.png"));

    const path = "/api/v1/widgets/a-b-c/tables/books/rows/3/media/cover?name=x+y.png";
    assert.deepEqual(asked, [{ path, match: `"${revision}"` }]);
  });
}
