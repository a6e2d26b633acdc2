"""Chromium with a profile, as people have it: what was fetched and compiled once is kept for the next visit."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

from widget_bench.samples import BenchError

TIMEOUT_MS = 60_000
#: Runs first in every page. The page itself says when it is there: a driver that looks for it again and again would be
#: measured, too. ``#use`` in the address asks it to press "Add" until the first answer is shown.
_SCRIPT = r"""(() => {
  if (window !== top) return;
  const button = () => [...document.querySelectorAll("button")].find(
    (one) => one.textContent.trim() === "Add" && !one.disabled);
  const calls = () => Number(/sum 3, call (\d+)\./.exec(document.body?.textContent ?? "")?.[1] ?? 0);
  const when = (test) => new Promise((resolve) => {
    const look = () => {
      if (!test()) return;
      observer.disconnect();
      resolve(performance.now());
    };
    const observer = new MutationObserver(look);
    observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
  });
  window.benchClick = async () => {
    const before = calls();
    const began = performance.now();
    button().click();
    return (await when(() => calls() > before)) - began;
  };
  const tell = (what) => (at) => {
    // After what the page has to do now, its first paint among it.
    setTimeout(() => console.debug(`bench ${what} ${at}`), 50);
  };
  if (location.hash === "#use") {
    when(button).then(() => {
      button().click();
      const again = setInterval(() => button()?.click(), 250);
      when(calls).then((at) => {
        clearInterval(again);
        tell("used")(at);
      });
    });
  } else {
    when(() => document.documentElement?.dataset.python === "live").then(tell("live"));
    when(button).then(tell("button"));
  }
})()"""


class Tab:
    """A page of the browser."""

    def __init__(self, page: Any) -> None:
        self.page = page
        page.set_default_timeout(TIMEOUT_MS)

    def load(self, address: str, until: str) -> float:
        """Go there; return after how many milliseconds it was ``live``, had its ``button``, or was ``used``."""
        # Another site in between: the same address with another hash would be no navigation.
        self.page.goto("about:blank")
        with self.page.expect_console_message(lambda said: said.text.startswith(f"bench {until} ")) as heard:
            self.page.goto(address, wait_until="commit")
        return float(heard.value.text.rpartition(" ")[2])

    def painted(self) -> float:
        """Return when the page first showed anything (first contentful paint)."""
        find = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
        self.page.wait_for_function(find)
        return float(self.page.evaluate(find))

    def click(self) -> float:
        """Press "Add"; return after how many milliseconds the answer was shown."""
        return float(self.page.evaluate("() => benchClick()"))


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Start it with an empty profile; gives Playwright's context, whose pages say what ``Tab`` reads."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise BenchError("the benchmark of GUIs needs Playwright: uv sync --all-groups") from error
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="widgetry-bench-profile-") as profile:
        # Debian's where there is one; as root its own sandbox does not start.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        try:
            context = playwright.chromium.launch_persistent_context(
                profile, executable_path=shutil.which("chromium"), args=flags
            )
        except Error as error:
            raise BenchError(f"Chromium does not start: {error}") from error
        try:
            context.add_init_script(_SCRIPT)
            yield context
        finally:
            context.close()
