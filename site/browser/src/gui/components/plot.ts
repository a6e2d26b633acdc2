import { Component, type Host, length, tag } from "./component.ts";

interface Figure {
  readonly data?: readonly unknown[];
  readonly layout?: Readonly<Record<string, unknown>>;
  readonly frames?: readonly unknown[];
  readonly config?: Readonly<Record<string, unknown>>;
}

type Drawn = HTMLElement & { on(event: string, listener: (told?: { points?: readonly Point[] }) => void): void };
type Point = Readonly<Record<string, unknown>>;
type Call = (box: HTMLElement, ...args: unknown[]) => Promise<unknown>;

interface PlotlyLibrary {
  readonly react: Call;
  readonly relayout: Call;
  readonly restyle: Call;
  readonly extendTraces: Call;
  readonly prependTraces: Call;
  readonly toImage: (box: HTMLElement, options: unknown) => Promise<string>;
  readonly Plots: { resize(box: HTMLElement): void };
  readonly purge: (box: HTMLElement) => void;
}

const EVENTS: Readonly<Record<string, string>> = {
  click: "plotly_click",
  double_click: "plotly_doubleclick",
  select: "plotly_selected",
  hover: "plotly_hover",
  unhover: "plotly_unhover",
  afterplot: "plotly_afterplot",
};
const METHODS = {
  relayout: "relayout",
  restyle: "restyle",
  extend_traces: "extendTraces",
  prepend_traces: "prependTraces",
} as const;

const AXIS = { automargin: true, gridcolor: "#dfe3e8", linecolor: "#868f9d", zerolinecolor: "#868f9d" };
/// How a figure looks that says nothing of it: as the page that it is on.
const HOUSE = {
  layout: {
    font: { family: "system-ui, sans-serif", size: 13, color: "#1d2129" },
    title: { font: { size: 17 } },
    paper_bgcolor: "transparent",
    plot_bgcolor: "transparent",
    margin: { t: 48, r: 24, b: 40, l: 48 },
    hoverlabel: { align: "left" },
    modebar: { bgcolor: "transparent", color: "#868f9d", activecolor: "#1f5fd0" },
    xaxis: AXIS,
    yaxis: AXIS,
    colorway: "#1f5fd0 #e07a1f #2a9d6f #c8443c #7d5fc2 #8a6a52 #d667a8 #6b7686 #a3931f #21a3b8".split(" "),
  },
};

/// A figure of plotly, whose library is loaded by the first of a page.
export class Plot extends Component {
  readonly #box = tag("div", "anvil-plot-box") as unknown as Drawn;
  #figure: Figure = {};
  #interactive = true;
  #drawing: Promise<PlotlyLibrary | undefined> | undefined;
  readonly #wanted = new Set<string>();
  #isDrawn = false;

  constructor(id: number, host: Host) {
    super(id, host, tag("div", "anvil-plot"));
    this.element.append(this.#box);
    this.#observer.observe(this.element);
  }

  readonly #observer = new ResizeObserver(() => {
    if (this.#isDrawn && this.#box.clientWidth > 0) plotly()?.Plots.resize(this.#box);
  });

  override dropped(): void {
    this.#observer.disconnect();
    void this.#drawing?.then((library) => library?.purge(this.#box));
  }

  protected override readonly setters = {
    figure: (value: unknown) => {
      this.#figure = (value ?? {}) as Figure;
      this.#draw();
    },
    interactive: (value: unknown) => {
      this.#interactive = Boolean(value);
      if (this.#isDrawn) this.#draw();
    },
    height: (value: unknown) => {
      this.#box.style.height = length(value);
    },
  };

  /// Draw what is there now, after what is being drawn.
  #draw(): void {
    const before = this.#drawing ?? this.host.library("plotly.js");
    this.#drawing = before.then(async () => {
      const library = plotly();
      if (!library) {
        this.#box.textContent = "This plot can't be drawn: the library for plots did not load.";
        return undefined;
      }
      const { data, layout, frames, config } = this.#figure;
      const options = { responsive: false, displaylogo: false, staticPlot: !this.#interactive, ...config };
      await library.react(this.#box, {
        data: data ?? [],
        layout: { autosize: true, template: HOUSE, ...layout },
        frames,
        config: options,
      });
      if (!this.#isDrawn) for (const event of this.#wanted) this.#listen(event);
      this.#isDrawn = true;
      return library;
    });
    this.#drawing.catch((error: unknown) => {
      this.#box.textContent = `This plot can't be drawn: ${error}`;
    });
  }

  protected override attach(event: string): void {
    if (!(event in EVENTS)) super.attach(event);
    else if (this.#isDrawn) this.#listen(event);
    else this.#wanted.add(event);
  }

  #listen(event: string): void {
    this.#box.on(EVENTS[event] ?? "", (told) => {
      this.raise(event, told?.points ? { points: told.points.map(shown) } : {});
    });
  }

  override invoke(method: string, args: readonly unknown[]): unknown {
    if (!(method in METHODS)) return super.invoke(method, args);
    const name = METHODS[method as keyof typeof METHODS];
    const rest = args.filter((one) => one !== null);
    this.#drawing = (this.#drawing ?? this.host.library("plotly.js").then(plotly)).then(async (library) => {
      await library?.[name](this.#box, ...rest);
      return library;
    });
    return undefined;
  }

  override async ask(method: string, args: readonly unknown[]): Promise<unknown> {
    if (method !== "to_image") return super.ask(method, args);
    const library = await this.#drawing;
    if (!library) throw new Error("There is no plot to make a picture of.");
    const picture = await fetch(await library.toImage(this.#box, { format: "png", ...(args[0] as object) }));
    return this.host.keep(await picture.blob());
  }
}

function plotly(): PlotlyLibrary | undefined {
  return (globalThis as { Plotly?: PlotlyLibrary }).Plotly;
}

/// What of a point JSON can carry.
function shown(point: Point): Point {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(point)) {
    if (value === null || ["string", "number", "boolean"].includes(typeof value)) found[snake(name)] = value;
  }
  return found;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
