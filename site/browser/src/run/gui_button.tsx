import { useState } from "preact/hooks";
import { Icon } from "../editor/parts.tsx";
import type { RunForm } from "./run_form.ts";

/// Makes a GUI widget with this form, and goes to it.
export function GuiButton({ form }: { readonly form: RunForm }) {
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    try {
      const answer = await form.api.request({ method: "POST", path: `/widgets/${form.slug}/form-widget` });
      location.assign(`/w/${((await answer.json()) as { slug: string }).slug}/edit`);
    } catch (error) {
      setProblem((error as Error).message);
      setBusy(false);
    }
  };
  return (
    <>
      <button
        type="button"
        class="button quiet small"
        disabled={isBusy}
        title="A new GUI widget, private at first: a page with these fields that runs a copy of the script"
        onClick={() => void make()}
      >
        <Icon name="kind-gui" /> Make a GUI of this
      </button>
      {problem && (
        <span class="error" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}
