"""What happened: the runs of a widget, or the requests to it, or those of all of an account's; for the owner."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_model.outcomes import Status
from widget_model.reasons import Reason
from widget_site.accounts.visitor import signed_in
from widget_site.errors import FormError, SiteError
from widget_site.pages import run_filter, words
from widget_site.pages.forms import Form, posted
from widget_site.pages.plots import HEIGHT, WIDTH, plot_of
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.pages.run_events import ShownEvent, paths_of, shown_events
from widget_site.parts import parts
from widget_site.store import quotas, retention, run_output, run_search, tallies, widgets
from widget_site.store.retention import Retention
from widget_site.store.run_search import FAILED, Found
from widget_site.store.values import Run
from widget_wire.runs import RunEvent

blueprint = Blueprint("runs", __name__)

_N = TypeVar("_N", int, float)

_PER_PAGE = 20
#: What of a run's output is in the list; all of it is on the run's own page.
_MAX_CHARS = 8000
#: Widgets that the page of an account follows.
_FOLLOWED = 20

#: What the form offers for how a run ended, or stands.
_ENDINGS = {
    FAILED: "Everything that failed",
    **{name.value: one.text for name, one in words.OUTCOMES.items()},
    Status.QUEUED.value: "waiting",
    Status.RUNNING.value: "running",
}


@dataclass(frozen=True)
class ShownRun:
    """A run in a list, with the beginning of what it said."""

    run: Run
    events: tuple[ShownEvent, ...]
    is_cut: bool

    @property
    def reason(self) -> Reason | None:
        """Why it did not go well."""
        return words.reason_of_run(self.run)


@blueprint.get("/w/<slug>/runs")
async def runs_page(slug: str) -> str:
    """Show a widget's runs newest first, those that the form looks for."""
    return await _widget_page(slug, (await signed_in()).id)


@blueprint.get("/runs")
async def account_runs_page() -> str:
    """Show the runs of all widgets of whoever is signed in."""
    viewer = (await signed_in()).id
    store = parts().store
    form = run_filter.read(request.args)
    found = await run_search.of_account(store, viewer, form.wanted, after=request.args.get("after"), limit=_PER_PAGE)
    plot = plot_of(await tallies.newest(store, _by(), owner_id=viewer), _by())
    followed = [widget.slug for widget in (await widgets.recent_of(store, viewer, limit=_FOLLOWED)).items]
    return await _page(viewer, found, form=form, plot=plot, widget=None, followed=followed)


@blueprint.post("/w/<slug>/retention")
async def choose_retention(slug: str) -> ResponseReturnValue:
    """Choose how long and how many of its runs a widget keeps; an empty field is as much as the site keeps."""
    viewer = (await signed_in()).id
    store, most = parts().store, Retention(*parts().settings.retention)
    await widgets.owned(store, slug, viewer, "change its settings")
    form = await posted("days", "runs")
    try:
        wanted = Retention(_number("days", form, float), _number("runs", form, int))
        await retention.choose(store, slug, viewer, wanted, most)
    except SiteError as error:
        return await _widget_page(slug, viewer, form.refuse(error)), form.status
    return see_other(f"/w/{slug}/runs?done=saved#keep-title")


async def _widget_page(slug: str, viewer: str, kept: Form | None = None) -> str:
    store = parts().store
    widget = await widgets.owned(store, slug, viewer, "see its runs")
    form = run_filter.read(request.args)
    found = await run_search.of_widget(
        store, slug, viewer, form.wanted, after=request.args.get("after"), limit=_PER_PAGE
    )
    plot = plot_of(await tallies.newest(store, _by(), widget_id=widget.id), _by())
    if kept is None:
        chosen = await retention.of_widget(store, slug, viewer)
        kept = Form({"days": f"{chosen.days:g}" if chosen.days else "", "runs": str(chosen.runs or "")})
    most = Retention(*parts().settings.retention)
    return await _page(
        viewer, found, form=form, plot=plot, widget=widget, followed=[slug], keep_form=kept, keep_most=most
    )


async def _page(viewer: str, found: Found, **context: Any) -> str:
    store = parts().store
    said = await run_output.beginnings(store, [run.id for run in found.items])
    shown = [await _shown(run, viewer, said[run.id]) for run in found.items]
    used_up = [one for one in await quotas.of_account(store, viewer) if one.is_used_up]
    return await page(
        "runs.html",
        shown=shown,
        next=found.next,
        searched_to=found.searched_to,
        # Newer ones come to the top: on a page further down there is nothing to follow.
        is_live=not request.args.get("after"),
        used_up=used_up,
        outcomes=_ENDINGS,
        triggers=words.TRIGGERS,
        methods=run_filter.METHODS,
        plot_size=(WIDTH, HEIGHT),
        **context,
    )


async def with_newest(run: Run) -> Run:
    """Return a run as it is now: a row is written when a run is over, dispatch knows it before."""
    if run.status == Status.FINISHED:
        return run
    return words.overlaid(run, await parts().dispatch.status(run.id) or {})


def _number(name: str, form: Form, kind: Callable[[str], _N]) -> _N | None:
    text = form.values[name].strip()
    if not text:
        return None
    if not (text.isascii() and text.replace(".", "", 1).isdigit() and len(text) < 12):
        raise FormError(name, "Write a number, or nothing for as much as this site keeps.")
    try:
        return kind(text)
    except ValueError as error:
        raise FormError(name, "Write a whole number.") from error


def _by() -> str:
    return "day" if request.args.get("by") == "day" else "hour"


async def _shown(run: Run, viewer: str, said: list[RunEvent]) -> ShownRun:
    kept: list[RunEvent] = []
    room = _MAX_CHARS
    for event in said:
        # Why it failed is always there.
        if room > 0 or event.kind == "error":
            kept.append(event)
            room -= len(event.text)
    kept_bytes = sum(len(event.text.encode("utf-8", "surrogatepass")) for event in kept)
    events = shown_events(kept, run, await paths_of(run, viewer, kept))
    return ShownRun(await with_newest(run), events, run.output_bytes > kept_bytes)
