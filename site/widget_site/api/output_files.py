"""What a run said as a file, written while it is read from the database: any size takes the same memory."""

import json
from collections.abc import AsyncIterator, Callable

from widget_model.outcomes import Status
from widget_site.api.operation import Download
from widget_site.parts import SiteParts, parts
from widget_site.store import run_output, runs
from widget_site.store.values import Run
from widget_wire.runs import RunEvent

_CHUNK_EVENTS = 1000


async def plain_text(run_id: str, viewer: str | None) -> Download:
    """Return what the viewer's own run said, as text; the errors of ``runs.get`` else."""
    return await _file(run_id, viewer, "txt", _text)


async def json_lines(run_id: str, viewer: str | None) -> Download:
    """Return every event of the viewer's own run as a line of JSON; the errors of ``runs.get`` else."""
    return await _file(run_id, viewer, "jsonl", _line)


async def _file(run_id: str, viewer: str | None, ending: str, write: Callable[[RunEvent], str]) -> Download:
    # The file is written after the view has returned, when there is no current app any more.
    site = parts()
    run = await runs.get(site.store, run_id, viewer)

    async def body() -> AsyncIterator[bytes]:
        async for events in _events(site, run):
            yield "".join(map(write, events)).encode("utf-8", "replace")

    # The id is ours: 26 letters and digits.
    return Download(body(), f"run-{run.id}.{ending}")


async def _events(site: SiteParts, run: Run) -> AsyncIterator[tuple[RunEvent, ...]]:
    if run.status == Status.FINISHED:
        async for piece in run_output.pieces(site.store, run.id):
            yield piece.events
        return
    seq = 0
    while True:
        page = await site.dispatch.events_after(run.id, seq, _CHUNK_EVENTS)
        yield page.events
        if len(page.events) < _CHUNK_EVENTS:
            return
        seq = page.last_seq


def _text(event: RunEvent) -> str:
    if event.kind == "display":
        shown = ((event.data or {}).get("mime") or {}).get("text/plain")
        return f"{shown}\n" if isinstance(shown, str) else "[something to look at]\n"
    return event.text if event.kind != "status" else ""


def _line(event: RunEvent) -> str:
    return json.dumps(event.as_dict(), separators=(",", ":")) + "\n"
