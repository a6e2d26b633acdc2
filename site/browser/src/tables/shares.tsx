/// The other widgets of the owner that use a table: listed, added, ended.
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import { Field } from "./form_parts.tsx";
import type { TablesModel } from "./model.ts";
import type { Permission, Table } from "./shapes.ts";
import type { MyWidget, Share } from "./table_calls.ts";

interface SharesProps {
  readonly model: TablesModel;
  readonly table: Table;
}

const MAY: Readonly<Record<Permission, string>> = { none: "nothing", search: "search and read", full: "everything" };

export function Shares({ model, table }: SharesProps) {
  const [shares, setShares] = useState<readonly Share[]>([]);
  const [widgets, setWidgets] = useState<readonly MyWidget[]>([]);
  const [chosen, setChosen] = useState("");
  const [problem, setProblem] = useState("");
  const look = async (work: Promise<unknown> | null) => {
    try {
      await work;
      setShares(await model.calls.shares(table.name));
      setProblem("");
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  useEffect(() => {
    void look(null);
    model.calls.myWidgets(model.data.owner).then(setWidgets, () => undefined);
  }, []);
  const others = widgets.filter(
    (one) => one.slug !== model.data.slug && !shares.some((share) => share.widget === one.slug),
  );
  const share = async () => {
    await look(model.calls.share(table.name, chosen));
    setChosen("");
  };
  return (
    <section class="stack tight" aria-labelledby="shares-title">
      <h3 id="shares-title">Other widgets that use it</h3>
      {shares.length > 0 && (
        <ul class="list">
          {shares.map((one) => (
            <li key={one.widget} class="list-row">
              <a href={`/w/${one.widget}/tables/${encodeURIComponent(one.name)}`}>{one.widget}</a>
              <span class="small muted grow">server code may {MAY[one.server]}</span>
              <button
                type="button"
                class="button small"
                onClick={() => void look(model.calls.unshare(table.name, one.widget))}
              >
                End<span class="visually-hidden"> its use by {one.widget}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 ? (
        <Field
          id="share-with"
          label="Share it with another widget of yours"
          hint="The same rows, with a name and permissions there."
        >
          <div class="share-row">
            <select id="share-with" value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
              <option value="">…</option>
              {others.map((one) => (
                <option key={one.slug} value={one.slug}>
                  {one.title} ({one.slug})
                </option>
              ))}
            </select>
            <button type="button" class="button" disabled={!chosen} onClick={() => void share()}>
              Share
            </button>
          </div>
        </Field>
      ) : (
        !shares.length && <p class="small muted">You have no other widget to share it with.</p>
      )}
      {problem && (
        <p class="note bad" role="alert">
          <Icon name="warning" /> {problem}
        </p>
      )}
    </section>
  );
}

/// Of a table that lives in another widget: where that is.
export function Home({ home, name }: { readonly home: string; readonly name: string }) {
  return (
    <p class="note">
      <Icon name="unlisted" />
      <span>
        It lives in <a href={`/w/${home}/tables`}>{home}</a>, where its columns are changed. {name} has its own name and
        permissions here.
      </span>
    </p>
  );
}
