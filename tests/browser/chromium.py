"""The browser of the tests: Debian's Chromium, started so that it speaks with nobody but the pages."""

import os

CHROMIUM = os.environ.get("WIDGETRY_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pictures that are the same on every machine.
    "--font-render-hinting=none",
    "--disable-lcd-text",
]
if os.geteuid() == 0:
    # Chromium's own sandbox does not start as root.
    FLAGS.append("--no-sandbox")
