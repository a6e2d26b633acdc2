/// The script of every page: theme, copy buttons, menus, questions before what can't be undone, times. Pages work without it.
import { relativeTime } from "./relative.ts";

const root = document.documentElement;

function toggleTheme(): void {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
}

function say(text: string): void {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}

async function copy(button: HTMLElement): Promise<void> {
  const target = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
  await navigator.clipboard.writeText(target ? (target.textContent ?? "") : (button.dataset.copy ?? ""));
  const use = button.querySelector("use");
  const before = use?.getAttribute("href");
  if (use && before) use.setAttribute("href", before.replace(/#.*/, "#done"));
  button.dataset.copied = "";
  say("Copied");
  setTimeout(() => {
    if (use && before) use.setAttribute("href", before);
    delete button.dataset.copied;
  }, 1500);
}

// A browser remembers that it could not fetch a part: only the page loaded anew brings it. Each has its own words for it.
addEventListener("unhandledrejection", ({ reason }) => {
  if (/import.+module/i.test(reason?.message)) document.getElementById("not-loaded")?.removeAttribute("hidden");
});

// Where a row of tabs is wider than the screen, the current one is in view.
document.querySelector('.tabs [aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });

addEventListener("click", (event) => {
  const target = event.target as Element;
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
  const button = target.closest<HTMLElement>("[data-theme-toggle],[data-copy],[data-copy-from]");
  if (button?.hasAttribute("data-theme-toggle")) toggleTheme();
  else if (button) void copy(button);
});

addEventListener("keydown", (event) => {
  const menu = document.querySelector<HTMLDetailsElement>("details.menu[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
  const typing = (event.target as Element).closest("input,textarea,select,[contenteditable]");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    document.querySelector<HTMLInputElement>('input[name="q"]')?.focus();
  }
});

addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) event.preventDefault();
});

setInterval(() => {
  for (const time of document.querySelectorAll("time[datetime]:not([data-exact])")) {
    const text = relativeTime(Date.parse(time.getAttribute("datetime") ?? ""), Date.now());
    if (time.textContent !== text) time.textContent = text;
  }
}, 10_000);

/// Search as you type: the same page is asked for, and its results take the place of those shown.
let searching: AbortController | null = null;

async function searchNow(form: HTMLFormElement): Promise<void> {
  searching?.abort();
  searching = new AbortController();
  const address = `${form.action}?${new URLSearchParams(new FormData(form) as unknown as Record<string, string>)}`;
  const id = form.dataset.liveSearch ?? "";
  const answer = await fetch(address, { signal: searching.signal }).catch(() => null);
  if (!answer?.ok) return;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
  document.getElementById(id)?.replaceChildren(...(found?.childNodes ?? []));
  history.replaceState(null, "", address);
}

let typing: ReturnType<typeof setTimeout> | undefined;
addEventListener("input", (event) => {
  const form = (event.target as Element).closest<HTMLFormElement>("form[data-live-search]");
  if (!form) return;
  clearTimeout(typing);
  typing = setTimeout(() => void searchNow(form), 200);
});

/// What a form would do, shown while it is filled: its preview is asked for, and takes the place of the one shown.
let previewing: AbortController | null = null;

async function preview(form: HTMLFormElement): Promise<void> {
  previewing?.abort();
  previewing = new AbortController();
  const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
  const options = { method: "POST", body, signal: previewing.signal };
  const answer = await fetch(form.dataset.previewFrom ?? "", options).catch(() => null);
  if (!answer || answer.status >= 500) return;
  const id = form.dataset.preview ?? "";
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(id);
  if (found) document.getElementById(id)?.replaceChildren(...found.childNodes);
}

let filling: ReturnType<typeof setTimeout> | undefined;
addEventListener("input", (event) => {
  const form = (event.target as Element).closest<HTMLFormElement>("form[data-preview]");
  if (!form) return;
  clearTimeout(filling);
  filling = setTimeout(() => void preview(form), 250);
});

// A link to a run or a line opens what is folded around it.
function unfold(): void {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = target ? target.querySelector("details") : null;
  if (folded) folded.open = true;
}
addEventListener("hashchange", unfold);
unfold();
