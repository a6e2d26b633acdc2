/// Lets the page open without a network the next time: by a service worker, which is told what the page fetched.
const SCRIPT = "/_/offline.js";
/// What a page fetches comes in bursts.
const SETTLED_MS = 1000;

/// `files` are what addresses of files begin with that are worth keeping.
export async function keepForOffline(version: string, files: readonly string[]): Promise<void> {
  const registration = await navigator.serviceWorker.register(SCRIPT, { scope: "/", updateViaCache: "none" });
  const urls = new Set<string>();
  let waiting: ReturnType<typeof setTimeout> | undefined;
  const tell = async (): Promise<void> => {
    await navigator.serviceWorker.ready;
    registration.active?.postMessage({ kind: "keep", version, urls: [...urls] });
  };
  new PerformanceObserver((seen) => {
    const before = urls.size;
    for (const { name } of seen.getEntries()) if (files.some((prefix) => name.startsWith(prefix))) urls.add(name);
    if (urls.size === before) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => void tell(), SETTLED_MS);
  }).observe({ type: "resource", buffered: true });
}

/// Whether this page may be kept: one that everybody gets, in a window of its own.
export function mayBeKept(version: string | undefined): version is string {
  const wantsFew = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
  return Boolean(version) && "serviceWorker" in navigator && parent === window && !wantsFew;
}
