"""``display(x)``, and the last expression of a script: what user code shows besides text.

This is all that every child carries of it; how a value becomes pictures, tables and text (``rich/``) is imported when
something is shown first.
"""

import builtins
import sys
from typing import Any

from widget_guest import calls, output
from widget_wire.start import DISPLAY, SHOWN_MEDIA

#: A text longer than this travels as media: it is stored apart from the events.
INLINE_CHARS = 16 * 1024


def install() -> None:
    """Make ``display`` a builtin."""
    builtins.display = display  # type: ignore[attr-defined]  # ours, as notebooks have it


def display(*values: Any, raw: bool = False, **_options: Any) -> None:
    """Show each value as a notebook does: table, picture, chart or text. With ``raw`` a value is a map by MIME type."""
    from widget_guest.rich import bundles

    for value in values:
        send(dict(value) if raw else bundles.bundle_of(value))


def show_last_expression(value: Any) -> None:
    """Stand in for sys.displayhook: show what the last line of a script is, unless it is None."""
    if value is not None:
        display(value)


def shown_bytes() -> int:
    """Return how large a picture may be."""
    return int(calls.current().link.keep["shown_bytes"])


def _count(size: int) -> bool:
    """Whether so many bytes more may be shown; the runner throws away what is more."""
    call = calls.current()
    if call.shown[0] >= SHOWN_MEDIA or call.shown[1] + size > call.link.keep["files_bytes"]:
        return False
    call.shown[0], call.shown[1] = call.shown[0] + 1, call.shown[1] + size
    return True


def send(bundle: dict[str, Any]) -> None:
    """Send a map by MIME type, in its place among what is printed. Where nobody listens its text is printed.

    Values are text, bytes or, for JSON types, what JSON holds.
    """
    if not bundle:
        return
    link = calls.current().link
    if not link.is_here:  # what user code forked can only print
        sys.stdout.write(f"{bundle.get('text/plain', '')}\n")
        return
    inline: dict[str, Any] = {}
    media: list[tuple[str, bytes]] = []
    for kind, value in bundle.items():
        if isinstance(value, (bytes, bytearray, memoryview)):
            media.append((kind, bytes(value)))
        elif isinstance(value, str) and len(value) > INLINE_CHARS:
            media.append((kind, value.encode("utf-8", "replace")))
        else:
            inline[kind] = value
    if media and not _count(sum(len(content) for _, content in media)):
        words = f"[{media[0][0]} is not shown: this run has shown as many pictures and tables as are kept]"
        inline["text/plain"] = f"{inline.get('text/plain', '')}\n{words}".strip()
        media = []
    output.settle()
    message = {"type": DISPLAY, "data": inline, "media": [[kind, len(content)] for kind, content in media]}
    link.hand_over(message, [content for _, content in media])
    link.settle()
