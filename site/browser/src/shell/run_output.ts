/// The script of pages with output of runs: shows what needs one (charts, HTML, large parts) in place of its text.
import { type ShownData, shownView } from "../rich/shown.ts";

function show(place: HTMLElement): void {
  const { shown, run } = place.dataset;
  // A picture is the same with and without us.
  if (!shown || !run || place.querySelector(".shown-picture")) return;
  place.replaceWith(shownView(JSON.parse(shown) as ShownData, run));
}

/// What is folded away is shown when it is opened: a frame in a closed run would cost for nothing.
for (const place of document.querySelectorAll<HTMLElement>("[data-shown]")) {
  const folded = place.closest<HTMLDetailsElement>("details:not([open])");
  if (folded) folded.addEventListener("toggle", () => show(place), { once: true });
  else show(place);
}
