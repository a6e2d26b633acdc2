/// Tables of pandas and the like as tables of this page: built anew from known elements and text, so that nothing of
/// the HTML itself gets here.

const KEPT = new Set("TABLE THEAD TBODY TFOOT TR TH TD CAPTION".split(" "));
const UNWRAPPED = new Set("DIV SPAN B I EM STRONG CODE SUP SUB A".split(" "));
/// What no plain table has; the page's policy would complain of it when it is only parsed.
const MORE = /<(?:script|img|svg|iframe|object|embed|link|form|input|button|video|audio|math)\b|\son\w+\s*=/i;
const MAX_CELLS = 20_000;
const NUMBER = /^[-−+]?[\d.,\u202f ]*\d(?:[eE][-+]?\d+)?%?$/;

/// The table in this HTML, or null when the HTML is more than a plain table (then it needs a frame).
export function plainTable(html: string): HTMLElement | null {
  if (!/<table[\s>]/i.test(html) || MORE.test(html)) return null;
  const quiet = html.replace(/\sstyle\s*=/gi, " data-style=").replace(/<(\/?)style\b/gi, "<$1template");
  const body = new DOMParser().parseFromString(quiet, "text/html").body;
  for (const style of body.querySelectorAll("template[scoped]")) style.remove();
  const cells = body.querySelectorAll("td, th").length;
  if (cells === 0 || cells > MAX_CELLS || body.querySelectorAll("table").length !== 1) return null;
  for (const element of body.querySelectorAll("*")) if (!isPlain(element)) return null;
  const table = body.querySelector("table");
  if (!table) return null;
  const box = document.createElement("div");
  box.className = "shown-table";
  box.tabIndex = 0;
  box.role = "group";
  box.ariaLabel = "Table";
  box.append(copyOf(table));
  // pandas says below how large the whole is.
  for (const line of body.querySelectorAll("p")) {
    const note = document.createElement("p");
    note.textContent = line.textContent;
    box.append(note);
  }
  return box;
}

function isPlain(element: Element): boolean {
  if (!KEPT.has(element.tagName) && !UNWRAPPED.has(element.tagName) && !["P", "BR"].includes(element.tagName))
    return false;
  // What a Styler makes is told by ids and styles; a link is more than its text.
  if (element.id || element.hasAttribute("href")) return false;
  const style = element.getAttribute("data-style");
  return !style || /^\s*text-align:\s*\w+;?\s*$/.test(style);
}

function copyOf(from: Element): HTMLElement {
  // An empty heading heads nothing.
  const made = document.createElement(from.tagName === "TH" && !from.textContent?.trim() ? "TD" : from.tagName);
  if (from instanceof HTMLTableCellElement && made instanceof HTMLTableCellElement) {
    made.colSpan = from.colSpan;
    made.rowSpan = from.rowSpan;
    made.textContent = from.textContent;
    if (made.tagName === "TH") made.scope = from.closest("thead") ? "col" : "row";
    else if (from.closest("tbody") && NUMBER.test(made.textContent.trim())) made.className = "number";
  } else if (from.tagName === "CAPTION") made.textContent = from.textContent;
  else for (const child of from.children) if (KEPT.has(child.tagName)) made.append(copyOf(child));
  return made;
}
