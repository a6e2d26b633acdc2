/// Signing in with Google and the like: in a window of its own, which comes back to the widget's own host.

/// The page that a sign-in ends at (`services/addresses.py`).
const DONE = "/_/sign-in/done";
const LOOKS_EVERY_MS = 200;

export type SignedIn = "done" | "closed" | "blocked";

/// Open the address and wait until somebody has signed in there or closed the window; "blocked" where the browser opens
/// no window now.
export function signIn(address: string): Promise<SignedIn> {
  const opened = open(address, "_blank", "popup,width=520,height=680");
  if (!opened) return Promise.resolve("blocked");
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const isDone = isAt(opened, DONE);
      if (!isDone && !opened.closed) return;
      clearInterval(timer);
      opened.close();
      resolve(isDone ? "done" : "closed");
    }, LOOKS_EVERY_MS);
  });
}

function isAt(opened: Window, path: string): boolean {
  try {
    return opened.location.origin === location.origin && opened.location.pathname === path;
  } catch {
    // It is at another host's page, of which this one may know nothing.
    return false;
  }
}
