/// The island on a widget's page where its owner runs it: the form, the output as it comes, and the line that it asks for.
import { signal } from "@preact/signals";
import { render } from "preact";
import { Api } from "../api/client.ts";
import { Live } from "../api/live.ts";
import { Console, type Shown } from "../editor/console.ts";
import { Outcome, Output, type OutputHost } from "../editor/console_pane.tsx";
import { Icon, setSprite } from "../editor/parts.tsx";
import type { Place } from "../editor/traceback.ts";
import { AskLine } from "./ask_line.tsx";
import { RunFields } from "./form_fields.tsx";
import { RunForm } from "./run_form.ts";

interface CardData {
  readonly slug: string;
  readonly revision: number;
  readonly csrf: string;
  readonly icons: string;
  readonly timeout_s: number;
  readonly files: readonly string[];
}

class CardModel implements OutputHost {
  readonly data: CardData;
  readonly console: Console;
  readonly form: RunForm;
  readonly files: { readonly value: readonly string[] };
  readonly is_connected = signal(true);
  readonly #api: Api;

  constructor(data: CardData) {
    this.data = data;
    this.files = { value: data.files };
    this.#api = new Api(data.csrf);
    this.form = new RunForm(this.#api, data.slug);
    const live = new Live(
      this.#api,
      data.slug,
      (changed) => {
        if (changed.what === "revision") void this.form.refresh();
      },
      (isConnected) => {
        this.is_connected.value = isConnected;
      },
    );
    this.console = new Console(this.#api, live, () => undefined);
  }

  /// Read the form, and take up a run that is under way: it may be waiting for a line.
  async begin(): Promise<void> {
    void this.form.refresh();
    const [newest] = await this.#api.runs(this.data.slug).catch(() => []);
    if (newest && newest.status !== "finished" && this.console.runs.value.length === 0) this.console.fill([newest]);
  }

  async run(): Promise<void> {
    if (this.running) return;
    await this.form.refresh();
    const given = this.form.submit();
    if (given) await this.console.start(this.data.slug, this.form.form.value.revision || this.data.revision, given);
  }

  get running(): Shown | undefined {
    return this.console.runs.value.find((item) => item.phase === "starting" || item.phase === "running");
  }

  /// The code is on this page, below.
  goTo(place: Place): void {
    const lines = document.querySelector(`[aria-label="${CSS.escape(place.path)}"].code-lines`);
    lines?.querySelector(`li:nth-child(${place.line})`)?.scrollIntoView({ block: "center" });
  }
}

function Card({ model }: { readonly model: CardModel }) {
  const [shown] = model.console.runs.value;
  const { running } = model;
  return (
    <>
      <RunFields form={model.form} onRun={() => void model.run()} hasButton={false} />
      <div class="row">
        {running ? (
          <button type="button" class="button danger" onClick={() => model.console.stop(running.id)}>
            <Icon name="stop" /> Stop
          </button>
        ) : (
          <button type="button" class="button primary" onClick={() => void model.run()}>
            <Icon name="run" /> Run
          </button>
        )}
        {shown && <Outcome shown={shown} limit_s={model.data.timeout_s} />}
        {!model.is_connected.value && (
          <span class="outcome outcome-timeout" role="status">
            <Icon name="warning" />
            <span>Connection lost, trying again</span>
          </span>
        )}
      </div>
      {shown?.phase === "refused" && (
        <p class="error" role="alert">
          {shown.problem}
        </p>
      )}
      {shown && shown.phase !== "refused" && !shown.id.startsWith("new-") && (
        <div class="run-card-output" data-phase={shown.phase}>
          <Output key={shown.id} shown={shown} model={model} />
          {shown.question && (
            <AskLine
              key={shown.question.number}
              question={shown.question}
              takesFocus={shown.isMine}
              onAnswer={(text) => model.console.answer(shown.id, shown.question ?? NOTHING, text)}
            />
          )}
        </div>
      )}
      <p class="visually-hidden" role="status">
        {model.console.announcement.value}
      </p>
    </>
  );
}

const NOTHING = { number: 0, prompt: "", secret: false };

const place = document.getElementById("run-card");
const carried = document.getElementById("run-card-data");
if (place && carried) {
  const data = JSON.parse(carried.textContent ?? "") as CardData;
  setSprite(data.icons);
  const model = new CardModel(data);
  place.textContent = "";
  render(<Card model={model} />, place);
  void model.begin();
}
