/// The tables page's island: the tables of a widget as tabs, and the open one as a grid.
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { Icon, setSprite } from "../editor/parts.tsx";
import { FindBar } from "./find_bar.tsx";
import { Grid } from "./grid.tsx";
import { type TablesData, TablesModel } from "./model.ts";
import { Notices } from "./notices.tsx";
import { OpenDialog } from "./open_dialog.tsx";
import type { Sheet } from "./sheet.ts";
import { StatusLine } from "./status_line.tsx";
import { Toolbar } from "./toolbar.tsx";

function TableTabs({ model }: { readonly model: TablesModel }) {
  const open = model.sheet.value?.table.value.name;
  return (
    <nav class="table-tabs" aria-label="Tables">
      {model.tables.value.map((table) => (
        <a
          key={table.name}
          href={model.address(table.name)}
          aria-current={table.name === open ? "page" : undefined}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            model.open(table.name);
          }}
        >
          {table.title}
          {table.home && <Icon name="unlisted" />}
          {table.home && <span class="visually-hidden">, of {table.home}</span>}
        </a>
      ))}
      <button
        type="button"
        class="button quiet small"
        onClick={() => {
          model.asked.value = { kind: "new-table" };
        }}
      >
        <Icon name="plus" /> New table
      </button>
    </nav>
  );
}

function NoTables({ model }: { readonly model: TablesModel }) {
  return (
    <div class="card stack tables-empty">
      <h2>No tables yet</h2>
      <p>
        A table keeps rows for this widget, and its code reads and writes them with <code>app_tables</code>. Fill it
        here, by code, or from a CSV file. <a href="/docs/data-tables">How tables work</a>
      </p>
      <p class="row">
        <button
          type="button"
          class="button primary"
          onClick={() => {
            model.asked.value = { kind: "new-table" };
          }}
        >
          <Icon name="plus" /> New table
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            model.asked.value = { kind: "import" };
          }}
        >
          <Icon name="upload" /> Import CSV
        </button>
      </p>
    </div>
  );
}

function NoColumns({ model }: { readonly model: TablesModel }) {
  return (
    <div class="card stack tables-empty">
      <h2>This table has no columns yet</h2>
      <p>Each column has a type: text, numbers, dates, files, links to rows of other tables.</p>
      <p class="row">
        <button
          type="button"
          class="button primary"
          onClick={() => {
            model.asked.value = { kind: "new-column" };
          }}
        >
          <Icon name="plus" /> Add a column
        </button>
        <button
          type="button"
          class="button"
          onClick={() => {
            model.asked.value = { kind: "import" };
          }}
        >
          <Icon name="upload" /> Import CSV
        </button>
      </p>
    </div>
  );
}

function OpenTable({ model, sheet }: { readonly model: TablesModel; readonly sheet: Sheet }) {
  const hasColumns = sheet.table.value.columns.length > 0;
  return (
    <>
      <Toolbar model={model} sheet={sheet} />
      <FindBar sheet={sheet} />
      <Notices model={model} sheet={sheet} />
      {hasColumns ? <Grid key={sheet.table.value.name} model={model} sheet={sheet} /> : <NoColumns model={model} />}
      <StatusLine sheet={sheet} />
    </>
  );
}

function App({ model }: { readonly model: TablesModel }) {
  const sheet = model.sheet.value;
  const title = sheet?.table.value.title;
  useEffect(() => {
    if (title) document.title = document.title.replace(/^.*? of /, `${title}, tables of `);
  }, [title]);
  return (
    <>
      {model.tables.value.length > 0 && <TableTabs model={model} />}
      {sheet ? <OpenTable model={model} sheet={sheet} /> : <NoTables model={model} />}
      <OpenDialog model={model} />
    </>
  );
}

function listen(model: TablesModel): void {
  addEventListener("popstate", () => model.follow());
  addEventListener("pagehide", () => model.leave());
  addEventListener("beforeunload", (event) => {
    if (model.isBusy) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void model.lookAgain();
  });
  addEventListener("online", () => void model.lookAgain());
}

const place = document.getElementById("tables");
const carried = document.getElementById("tables-data");
if (place && carried) {
  const data = JSON.parse(carried.textContent ?? "") as TablesData;
  setSprite(data.icons);
  const model = new TablesModel(data);
  place.textContent = "";
  render(<App model={model} />, place);
  listen(model);
}
