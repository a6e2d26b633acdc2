"""What happened: the runs of a widget, or the requests to it, with their output; for its owner."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape
from quart import Blueprint, request

from widget_site.accounts.visitor import signed_in
from widget_site.pages import words
from widget_site.pages.ansi import plain
from widget_site.pages.code import linked_traceback
from widget_site.pages.render import page
from widget_site.parts import parts
from widget_site.store import revisions, runs, trees, widgets
from widget_site.store.values import Run

blueprint = Blueprint("runs", __name__)

_PER_PAGE = 20
#: What of a run's output is on the page; the rest is one click away.
_MAX_EVENTS = 200
_MAX_CHARS = 20_000


@dataclass(frozen=True)
class ShownEvent:
    """A piece of output, safe to put into the page."""

    kind: str
    text: Markup


@dataclass(frozen=True)
class ShownRun:
    """A run with its output as the page shows it."""

    run: Run
    events: tuple[ShownEvent, ...]
    is_cut: bool
    last_seq: int

    @property
    def seconds(self) -> float | None:
        """How long it ran; None when it never did."""
        if self.run.started_at is None or self.run.finished_at is None:
            return None
        return self.run.finished_at - self.run.started_at


@blueprint.get("/w/<slug>/runs")
async def runs_page(slug: str) -> str:
    """Show runs newest first, those with the ``outcome`` asked for."""
    viewer = (await signed_in()).id
    store = parts().store
    widget = await widgets.owned(store, slug, viewer, "see its runs")
    outcome = request.args.get("outcome", "")
    chosen = outcome if outcome in words.OUTCOMES else ""
    found = await runs.listed(
        store, slug, viewer, after=request.args.get("after"), limit=_PER_PAGE, outcome=chosen or None
    )
    shown = [await _shown(slug, viewer, run) for run in found.items]
    context: dict[str, Any] = {"outcomes": words.OUTCOMES, "chosen_outcome": chosen}
    return await page("runs.html", widget=widget, shown=shown, next=found.next, **context)


async def _shown(slug: str, viewer: str, run: Run) -> ShownRun:
    store = parts().store
    events = await runs.events(store, run.id, 0, _MAX_EVENTS)
    said = [event for event in events if event.kind != "status" and event.text]
    paths: list[str] = []
    if any(event.kind == "error" for event in said):
        revision = await revisions.get(store, slug, viewer, run.revision)
        paths = list(await trees.files_of(store, revision.code))
    address = f"/w/{slug}/revisions/{run.revision}"
    shown: list[ShownEvent] = []
    room, last_seq = _MAX_CHARS, 0
    for event in said:
        if room <= 0:
            break
        text = plain(event.text)[:room]
        room -= len(text)
        last_seq = event.seq
        is_error = event.kind == "error"
        shown.append(ShownEvent(event.kind, linked_traceback(text, paths, address) if is_error else escape(text)))
    return ShownRun(run, tuple(shown), room <= 0 or len(events) == _MAX_EVENTS, last_seq)
