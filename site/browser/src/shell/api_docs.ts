/// The script of an API's own page: sends the request that a form describes, and shows the answer as it comes.
const MOST_SHOWN = 500_000;
const PREVIEW = "_widgetry_preview";
const NO_BODY = new Set(["GET", "HEAD"]);

/// The address that a form describes: parameters of the path filled in, the others as the query where they are given.
function target(form: HTMLFormElement): string {
  const query = new URLSearchParams();
  let path = form.dataset.path ?? "/";
  for (const input of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-where]")) {
    if (input.dataset.where === "path") {
      const value = encodeURIComponent(input.value);
      const filled = input.dataset.rest === "yes" ? value.replaceAll("%2F", "/") : value;
      path = path.replace(`{${input.name}}`, () => filled);
    } else if (input.value !== "" || input.required) query.append(input.name, input.value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

function headers(form: HTMLFormElement, body: HTMLTextAreaElement | null): Headers {
  const made = new Headers();
  const key = document.querySelector<HTMLInputElement>("#api-key")?.value.trim();
  if (key) made.set("X-API-Key", key);
  const user = form.querySelector<HTMLInputElement>("[data-login='user']");
  const password = form.querySelector<HTMLInputElement>("[data-login='password']");
  if (user?.value && password) made.set("Authorization", `Basic ${base64(`${user.value}:${password.value}`)}`);
  if (body?.value) made.set("Content-Type", body.dataset.type || "text/plain; charset=utf-8");
  const token = new URLSearchParams(location.search).get(PREVIEW);
  if (token) made.set("X-Widgetry-Preview", token);
  return made;
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function curl(method: string, address: string, sent: Headers, body: string): string {
  const words = ["curl", ...(method === "GET" ? [] : ["-X", method])];
  sent.forEach((value, name) => {
    if (name !== "x-widgetry-preview") words.push("-H", quoted(`${name}: ${name === "x-api-key" ? "…" : value}`));
  });
  if (body) words.push("--data-binary", quoted(body));
  return [...words, quoted(address)].join(" ");
}

/// Show a body as it arrives, up to a bound; a picture when it is whole.
async function showBody(response: Response, into: HTMLElement, signal: AbortSignal): Promise<void> {
  const kind = response.headers.get("content-type") ?? "";
  if (/^image\/(png|jpeg|gif|webp|avif)/.test(kind)) {
    const picture = document.createElement("img");
    picture.alt = "The answer, a picture";
    picture.src = URL.createObjectURL(await response.blob());
    picture.onload = () => URL.revokeObjectURL(picture.src);
    into.replaceChildren(picture);
    return;
  }
  const shown = document.createElement("pre");
  shown.tabIndex = 0;
  shown.setAttribute("aria-label", "Body of the answer");
  into.replaceChildren(shown);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (reader && !signal.aborted) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
    if (text.length > MOST_SHOWN) {
      await reader.cancel();
      text = `${text.slice(0, MOST_SHOWN)}\n… the rest is not shown`;
    }
    shown.textContent = text;
    if (text.length > MOST_SHOWN) return;
  }
  if (/^application\/json/.test(kind)) shown.textContent = indented(text);
  if (!text) shown.textContent = "(no body)";
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

const underWay = new WeakMap<HTMLFormElement, AbortController>();

async function send(form: HTMLFormElement): Promise<void> {
  underWay.get(form)?.abort();
  const stop = new AbortController();
  underWay.set(form, stop);
  const answer = form.parentElement?.querySelector<HTMLElement>(".api-answer");
  const status = answer?.querySelector<HTMLElement>(".api-status");
  const body = form.querySelector<HTMLTextAreaElement>("textarea");
  const into = answer?.querySelector<HTMLElement>(".api-body");
  if (!answer || !status || !into) return;
  const chosen = form.querySelector<HTMLSelectElement>("select[name='method-of-request']");
  const method = chosen?.value ?? form.dataset.method ?? "GET";
  const sent = headers(form, body);
  const address = target(form);
  const content = NO_BODY.has(method) ? "" : (body?.value ?? "");
  const line = answer.querySelector<HTMLElement>(".api-curl");
  if (line) line.textContent = curl(method, `${location.origin}${address}`, sent, content);
  answer.hidden = false;
  delete status.dataset.good;
  status.textContent = "Waiting for the answer …";
  into.replaceChildren();
  const began = performance.now();
  try {
    const response = await fetch(address, {
      method,
      headers: sent,
      ...(content ? { body: content } : {}),
      signal: stop.signal,
      redirect: "manual",
    });
    const took = `${Math.round(performance.now() - began)} ms`;
    const said = response.type === "opaqueredirect" ? "Redirects to another address" : `${response.status}`;
    status.textContent = `${said} · ${response.headers.get("content-type") ?? "no type"} · ${took}`;
    status.dataset.good = response.ok ? "yes" : "no";
    await showBody(response, into, stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return;
    status.dataset.good = "no";
    status.textContent = `The answer broke off: ${error instanceof Error ? error.message : error}`;
  }
}

addEventListener("submit", (event) => {
  event.preventDefault();
  void send(event.target as HTMLFormElement);
});
