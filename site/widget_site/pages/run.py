"""One run: why it exists, how it ended and why, and all that it said, a piece at a time."""

import asyncio
from collections.abc import Sequence
from typing import Any

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_model.outcomes import Outcome, Status
from widget_site.accounts.visitor import csrf_token, signed_in
from widget_site.pages import words
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.pages.run_events import paths_of, shown_events
from widget_site.pages.runs import with_newest
from widget_site.parts import parts
from widget_site.store import run_output, runs, widgets
from widget_site.store.run_output import Piece
from widget_site.store.values import Run
from widget_wire.runs import RunEvent

blueprint = Blueprint("run", __name__)

#: Outcomes of which the last lines of stderr often say why (X-03).
_TELL_STDERR = (Outcome.CRASHED, Outcome.MEMORY, Outcome.TIMEOUT)
_MOST_SEQ = 2**31 - 1


@blueprint.get("/runs/<run_id>")
async def run_page(run_id: str) -> str:
    """Show a run: the beginning of its output, what follows ``after``, what ends ``before``, or its end."""
    viewer = (await signed_in()).id
    store = parts().store
    run = await with_newest(await runs.get(store, run_id, viewer))
    widget = await widgets.owned(store, run.slug, viewer, "see its runs")
    piece = await piece_of(run)
    is_over = run.status == Status.FINISHED
    stderr = await run_output.last_stderr(store, run.id) if is_over and run.outcome in _TELL_STDERR else ""
    return await page(
        "run.html",
        widget=widget,
        run=run,
        reason=words.reason_of_run(run),
        piece=piece,
        # In a thread: Markdown and tables can be made to be slow.
        events=await asyncio.to_thread(shown_events, piece.events, run, await paths_of(run, viewer, piece.events)),
        last_stderr=stderr,
        is_over=is_over,
        files=await parts().run_files.written(run.id) if is_over else [],
        question=None if is_over else _question(piece.events),
        csrf=await csrf_token(),
    )


@blueprint.post("/runs/<run_id>/stop")
async def stop(run_id: str) -> ResponseReturnValue:
    """Stop a run that is queued or running."""
    run = await runs.get(parts().store, run_id, (await signed_in()).id)
    if run.status != Status.FINISHED:
        await parts().dispatch.stop_run(run_id)
    return see_other(f"/runs/{run_id}")


def _question(events: Sequence[RunEvent]) -> dict[str, Any] | None:
    """Return what the run waits for, as far as these events tell; what follows them is told live."""
    for event in reversed(events):
        if event.kind in ("ask", "input"):
            return event.data if event.kind == "ask" else None
    return None


async def piece_of(run: Run) -> Piece:
    """Return the piece of a run's output that the address asks for, the beginning of it without asking."""
    site = parts()
    before, after = request.args.get("before", ""), request.args.get("after", "")
    if run.status != Status.FINISHED or not await runs.is_finished(site.store, run.id):
        # Its output is on its way to the database: what there is lies in its stream.
        seq = _seq(after) or 0
        live = await site.dispatch.events_after(run.id, seq, run_output.PIECE_EVENTS)
        return Piece(live.events, seq > 0, not live.done and len(live.events) == run_output.PIECE_EVENTS)
    if before == "end":
        return await run_output.before(site.store, run.id, None)
    if _seq(before) is not None:
        return await run_output.before(site.store, run.id, _seq(before))
    return await run_output.after(site.store, run.id, _seq(after) or 0)


def _seq(text: str) -> int | None:
    return min(int(text), _MOST_SEQ) if text.isascii() and text.isdigit() and len(text) < 12 else None
