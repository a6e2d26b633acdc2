"""The process of one run, after it has isolated itself: takes START, runs the widget, answers, leaves."""

import os
import sys
from typing import Any

from widget_guest import anvil_adapter, asking, files, output, script, tracebacks
from widget_guest.link import Link, leave
from widget_wire.start import START

#: Kinds of widget whose main file is run top to bottom; the others answer a call.
_SCRIPTS = ("script", "scheduled")


def make_ready() -> Link:
    """Do everything that can be done before START is there; the child's descriptors 1 to 3 may come later."""
    output.replace_streams()
    asking.replace_input()
    link = Link()
    anvil_adapter.connect(link)
    return link


def serve(link: Link) -> None:
    """Take one START from ``link``, run what it says, send the answer and end the process."""
    start = link.receive_message()
    if start.get("type") != START:
        raise ValueError(f"the first frame is {start.get('type')!r}, not {START}")
    _reseed(start)
    link.payload_bytes = start.get("payload_bytes", link.payload_bytes)
    files.place(start["files"], tracebacks.WORK)
    main = start.get("main", "main.py")
    source = files.content_bytes(start["files"].get(main, ""))
    if start["kind"] in _SCRIPTS:
        leave(script.run(link, source, main, start.get("argv", [])))
    sys.argv = [main]
    anvil_adapter.serve_call(link, source, main)
    leave(0)


def _reseed(start: dict[str, Any]) -> None:
    """Give numpy, should it have been preloaded, another random state than the run before had ([M]: it repeated)."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(int(start.get("random") or os.urandom(4).hex(), 16) % (1 << 32))
