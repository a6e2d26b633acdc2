/// The script of /frames/figure: draws a figure of plotly.
import { listen, say, setScheme, tellHeight } from "./talk.ts";

interface Figure {
  readonly data?: readonly unknown[];
  readonly layout?: { readonly height?: number };
  readonly frames?: readonly unknown[];
  readonly config?: object;
}

declare const Plotly: { newPlot(box: HTMLElement, figure: object): Promise<unknown> };

const HEIGHT = 420;

listen((show) => {
  setScheme(show.dark);
  const box = document.getElementById("shown");
  if (!box) return;
  const figure = JSON.parse(show.text) as Figure;
  const height = typeof figure.layout?.height === "number" ? figure.layout.height : HEIGHT;
  box.style.height = `${height}px`;
  say({ kind: "height", height });
  // Saving a picture would need the right to download, which this frame does not have.
  const config = { ...figure.config, responsive: true, displaylogo: false, modeBarButtonsToRemove: ["toImage"] };
  Plotly.newPlot(box, { data: figure.data ?? [], layout: figure.layout ?? {}, frames: figure.frames, config }).then(
    () => tellHeight(box),
    (error: unknown) => {
      box.textContent = `This figure can't be drawn: ${error}`;
      tellHeight(box);
    },
  );
});
