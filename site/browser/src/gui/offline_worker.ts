/// The service worker of a GUI widget's page: what lets the page open, and its Python run, without a network.
///
/// Online it serves nothing: each navigation goes to the site, and everything else does not even pass here. Only a page
/// that could not be fetched is answered with what the page said it needs (offline.ts), as it was when last seen.
/// Visitors' answers, routes of the widget's code, calls and private widgets are never kept. When the site says that
/// there is no widget for everybody any more, all that is kept goes, and the worker with it.

/// What a worker has that the types of pages do not know.
interface Scope {
  /// Where the site's built files are; the site puts it in front of this script.
  readonly WIDGETRY_STATIC: string;
  readonly registration: ServiceWorkerRegistration & {
    readonly navigationPreload?: { enable(): Promise<void> };
  };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
}

interface WorkerEvent {
  readonly request: Request;
  readonly clientId: string;
  readonly resultingClientId: string;
  readonly preloadResponse: Promise<Response | undefined>;
  readonly data: unknown;
  readonly source: { readonly url: string } | null;
  respondWith(answer: Promise<Response>): void;
  waitUntil(work: Promise<unknown>): void;
}

/// What a page says when it is up: which page it is, and what it fetched to be so.
interface Keep {
  readonly kind: "keep";
  readonly version: string;
  readonly urls: readonly string[];
}

/// What is kept, beside the files themselves.
interface Kept {
  version: string;
  /// Paths at which the page was seen; others may be routes.
  paths: string[];
  /// Address → bytes.
  sizes: Record<string, number>;
}

const worker = globalThis as unknown as Scope;
const CACHE = "widgetry-page";
/// Keys of our own in the cache; the site has nothing at these addresses.
const PAGE = "/_/kept/page";
const KEPT = "/_/kept/list";
const SCRIPT = "/_/offline.js";
const PREVIEW = "_widgetry_preview";
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_FILES = 300;
const MAX_PATHS = 50;
/// Pages that came out of the cache, so that what they ask for does, too.
const opened = new Set<string>();
let work: Promise<unknown> = Promise.resolve();

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(activate()));
worker.addEventListener("fetch", onFetch);
worker.addEventListener("message", (event) => {
  const said = event.data as Keep | undefined;
  const page = event.source?.url;
  if (said?.kind !== "keep" || !page || isPreview(new URL(page))) return;
  work = work.then(() => keep(new URL(page), said)).catch(() => {});
  event.waitUntil(work);
});

async function activate(): Promise<void> {
  // The page is asked for while this worker starts, so that it costs no time.
  await worker.registration.navigationPreload?.enable();
  await worker.clients.claim();
}

function onFetch(event: WorkerEvent): void {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET") return;
  if (event.request.mode === "navigate") {
    if (url.origin !== location.origin) return;
    // A page that was left to the browser would be asked for twice, here and by it, and some work once: signing in.
    const isOurs = url.pathname.startsWith("/_/") || isPreview(url);
    event.respondWith(isOurs ? asked(event) : navigate(event, url));
  } else if (!isPreview(url) && isKeepable(url) && (opened.has(event.clientId) || !navigator.onLine)) {
    event.respondWith(keptOr(event.request));
  }
}

async function asked(event: WorkerEvent): Promise<Response> {
  return (await event.preloadResponse) ?? fetch(event.request);
}

async function navigate(event: WorkerEvent, url: URL): Promise<Response> {
  try {
    const answer = await asked(event);
    if (answer.status === 404) event.waitUntil(leaveIfGone());
    return answer;
  } catch (error) {
    const page = await keptPage(url.pathname);
    if (!page) throw error;
    opened.add(event.resultingClientId);
    return page;
  }
}

async function keptPage(path: string): Promise<Response | undefined> {
  const cache = await caches.open(CACHE);
  return (await list(cache)).paths.includes(path) ? cache.match(PAGE) : undefined;
}

async function keptOr(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(request.url, { ignoreVary: true })) ?? fetch(request);
}

/// A widget that is private now, or gone, has no worker for anybody.
async function leaveIfGone(): Promise<void> {
  const answer = await fetch(SCRIPT, { cache: "no-store" });
  if (answer.status !== 404) return;
  await caches.delete(CACHE);
  await worker.registration.unregister();
}

/// Keep what a page needs; a newer page takes the place of what was there, and never half of it.
async function keep(page: URL, { version, urls }: Keep): Promise<void> {
  const cache = await caches.open(CACHE);
  const before = await list(cache);
  const isNew = before.version !== version;
  const shell = isNew ? await fetchPage(page.pathname, version) : undefined;
  if (isNew && !shell) return;
  const sizes: Record<string, number> = isNew ? {} : { ...before.sizes };
  for (const url of [...new Set(urls)].filter((one) => isKeepable(new URL(one)))) {
    const known = before.sizes[url];
    if (known !== undefined && (!isNew || isForEver(new URL(url)))) sizes[url] = known;
    else await add(cache, url, sizes);
  }
  const paths = [page.pathname, ...before.paths.filter((one) => one !== page.pathname)].slice(0, MAX_PATHS);
  if (shell) await cache.put(PAGE, shell);
  await cache.put(KEPT, new Response(JSON.stringify({ version, paths, sizes } satisfies Kept)));
  for (const url of Object.keys(before.sizes)) if (!(url in sizes)) await cache.delete(url);
}

/// The page as anybody gets it, without cookies, if it is the one that asks.
async function fetchPage(path: string, version: string): Promise<Response | undefined> {
  const answer = await fetch(path, { credentials: "omit", cache: "no-store" });
  return answer.ok && answer.headers.get("X-Widgetry-Page") === version ? answer : undefined;
}

async function add(cache: Cache, url: string, sizes: Record<string, number>): Promise<void> {
  const answer = await fetch(url, {
    mode: "cors",
    credentials: "omit",
    cache: isForEver(new URL(url)) ? "force-cache" : "no-cache",
  });
  if (!answer.ok) return;
  const { size } = await answer.clone().blob();
  const all = Object.values(sizes).reduce((sum, one) => sum + one, size);
  if (all > MAX_BYTES || Object.keys(sizes).length >= MAX_FILES) return;
  await cache.put(url, answer);
  sizes[url] = size;
}

async function list(cache: Cache): Promise<Kept> {
  const found = await cache.match(KEPT);
  return found ? ((await found.json()) as Kept) : { version: "", paths: [], sizes: {} };
}

function isPreview(url: URL): boolean {
  return url.searchParams.has(PREVIEW);
}

/// The site's built files, and of the widget its code for pages and its theme.
function isKeepable(url: URL): boolean {
  if (url.href.startsWith(worker.WIDGETRY_STATIC)) return true;
  return url.origin === location.origin && /^\/_\/(app|theme)\//.test(url.pathname) && !isPreview(url);
}

/// Addresses that name their content.
function isForEver(url: URL): boolean {
  return url.href.startsWith(worker.WIDGETRY_STATIC) || url.pathname.startsWith("/_/app/");
}

export {};
