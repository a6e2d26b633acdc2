/// The script of /frames/output: shows HTML of user code, its scripts too, in this sandboxed document.
import { listen, setScheme, tellHeight } from "./talk.ts";

listen((show) => {
  setScheme(show.dark);
  const box = document.getElementById("shown");
  if (!box) return;
  // A contextual fragment runs its scripts, as the HTML means it; innerHTML would not.
  const range = document.createRange();
  range.selectNodeContents(box);
  box.replaceChildren(range.createContextualFragment(show.text));
  tellHeight(box);
});
