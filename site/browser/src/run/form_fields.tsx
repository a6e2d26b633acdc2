import { useEffect, useRef } from "preact/hooks";
import type { FormField } from "../api/types.ts";
import { Icon } from "../editor/parts.tsx";
import { isOn } from "./arguments.ts";
import { GuiButton } from "./gui_button.tsx";
import type { RunForm } from "./run_form.ts";

export interface RunFieldsProps {
  readonly form: RunForm;
  readonly onRun: () => void;
  /// Whether a button of its own runs the script; Enter in a field does always.
  readonly hasButton?: boolean;
}

/// What a script is given, foldable: its summary is the command line that it stands for.
export function RunFields({ form, onRun, hasButton = true }: RunFieldsProps) {
  const box = useRef<HTMLFormElement>(null);
  const { kind, description, fields } = form.form.value;
  const tries = form.tries.value;
  const problems: Readonly<Record<string, string>> = tries > 0 ? form.problems.value : {};
  useEffect(() => {
    if (tries > 0) box.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [tries]);
  const text = form.text.value;
  return (
    <details class="run-form" open={form.is_open.value} onToggle={(event) => form.fold(event.currentTarget.open)}>
      <summary>
        <Icon name="down" />
        <span>Arguments</span>
        <code title={text}>{text}</code>
      </summary>
      <form
        ref={box}
        noValidate
        aria-label="Arguments"
        onSubmit={(event) => {
          event.preventDefault();
          onRun();
        }}
      >
        {description && <p class="muted small run-about">{description}</p>}
        <div class="run-fields">
          {fields.map((field) => (
            <Field key={field.name} field={field} form={form} problem={problems[field.name] ?? ""} />
          ))}
          {form.hasRest() && <Rest form={form} isAlone={kind === "none"} problem={problems[""] ?? ""} />}
        </div>
        <div class="row run-form-foot">
          <button type="submit" class="button small" hidden={!hasButton}>
            <Icon name="run" /> Run with these
          </button>
          <button type="button" class="button quiet small" onClick={() => form.clear()}>
            Clear
          </button>
          <button type="button" class="button quiet small" data-copy={text}>
            <Icon name="copy" /> {kind === "signature" ? "Copy the call" : "Copy the command"}
          </button>
          {fields.length > 0 && <GuiButton form={form} />}
        </div>
      </form>
    </details>
  );
}

function Rest({ form, isAlone, problem }: { form: RunForm; isAlone: boolean; problem: string }) {
  return (
    <div class="field wide">
      <label for="run-rest">{isAlone ? "Arguments" : "More arguments"}</label>
      <input
        id="run-rest"
        type="text"
        class="mono"
        value={form.rest.value}
        spellcheck={false}
        autocomplete="off"
        placeholder={isAlone ? "Ada --times 3" : ""}
        aria-invalid={problem ? "true" : undefined}
        aria-describedby="run-rest-help"
        onInput={(event) => form.typeRest(event.currentTarget.value)}
      />
      <p id="run-rest-help" class={problem ? "error" : "hint"}>
        {problem ||
          (isAlone
            ? "As after python main.py: the script finds them in sys.argv. With argparse, or a function main(…), this becomes a form."
            : "Some arguments of this script are known only when it runs. Write them as on a command line.")}
      </p>
    </div>
  );
}

interface FieldProps {
  readonly field: FormField;
  readonly form: RunForm;
  readonly problem: string;
}

function Field({ field, form, problem }: FieldProps) {
  const id = `run-field-${field.name}`;
  const label = field.flag || field.name;
  const notes = [field.help, field.many ? "One value a line." : ""].filter(Boolean).join(" ");
  const help = problem || notes;
  if (field.type === "flag") {
    return (
      <div class="field run-flag">
        <label class="row">
          <input
            type="checkbox"
            checked={isOn(field, form.typed.value)}
            aria-describedby={help ? `${id}-help` : undefined}
            onChange={(event) => form.type(field.name, event.currentTarget.checked)}
          />
          <span class="mono">{label}</span>
        </label>
        {help && (
          <p id={`${id}-help`} class="hint">
            {help}
          </p>
        )}
      </div>
    );
  }
  return (
    <div class="field">
      <label for={id}>
        <span class="mono">{label}</span>
        {field.required && <span class="muted small"> needed</span>}
      </label>
      <Control field={field} form={form} id={id} isBad={problem !== ""} hasHelp={help !== ""} />
      {help && (
        <p id={`${id}-help`} class={problem ? "error" : "hint"}>
          {help}
        </p>
      )}
    </div>
  );
}

const KINDS = {
  date: { type: "date" },
  datetime: { type: "datetime-local" },
  text: { type: "text" },
  integer: { type: "text", inputMode: "numeric" },
  number: { type: "text", inputMode: "decimal" },
} as const;

interface ControlProps {
  readonly field: FormField;
  readonly form: RunForm;
  readonly id: string;
  readonly isBad: boolean;
  readonly hasHelp: boolean;
}

function Control({ field, form, id, isBad, hasHelp }: ControlProps) {
  const value = String(form.typed.value[field.name] ?? "");
  const shared = {
    id,
    class: "mono",
    value,
    "aria-invalid": isBad ? ("true" as const) : undefined,
    "aria-describedby": hasHelp ? `${id}-help` : undefined,
    "aria-required": field.required || undefined,
  };
  const onInput = (event: { currentTarget: { value: string } }) => form.type(field.name, event.currentTarget.value);
  if (field.many) {
    return <textarea {...shared} rows={2} spellcheck={false} placeholder={field.default} onInput={onInput} />;
  }
  if (field.type === "choice") {
    const empty = field.required ? "Choose" : field.default ? `default: ${field.default}` : "none";
    return (
      <select {...shared} onChange={onInput}>
        <option value="">{empty}</option>
        {field.choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    );
  }
  const kind = KINDS[field.type === "flag" ? "text" : field.type];
  return (
    <input {...shared} {...kind} placeholder={field.default} autocomplete="off" spellcheck={false} onInput={onInput} />
  );
}
