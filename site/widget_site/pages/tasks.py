"""The background tasks of a widget: how they are, what they print, killing one (B-19)."""

import asyncio
import json
from typing import Any

from quart import Blueprint
from quart.typing import ResponseReturnValue

from widget_site import task_reading
from widget_site.accounts.visitor import signed_in
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.pages.run import piece_of
from widget_site.pages.run_events import paths_of, shown_events
from widget_site.parts import parts
from widget_site.store import runs, widgets
from widget_site.store.values import Widget

blueprint = Blueprint("task_pages", __name__)

#: Characters of a state or a value that the page shows.
_SHOWN = 20_000


@blueprint.get("/w/<slug>/tasks")
async def tasks_page(slug: str) -> str:
    """List the newest tasks."""
    widget = await _owned(slug)
    return await page("tasks.html", widget=widget, tasks=await task_reading.listed(parts(), widget))


@blueprint.get("/w/<slug>/tasks/<task_id>")
async def task_page(slug: str, task_id: str) -> str:
    """Show a task with its state, what it returned and the beginning of what it printed."""
    account = await signed_in()
    widget = await _owned(slug)
    found = await task_reading.seen(parts(), widget, task_id)
    run = await runs.get(parts().store, task_id, account.id)
    piece = await piece_of(run)
    return await page(
        "task.html",
        widget=widget,
        task=found.task,
        state=_text(found.state),
        returned=_text(found.returned),
        piece=piece,
        # In a thread: what a task shows can be made to be slow.
        events=await asyncio.to_thread(shown_events, piece.events, run, await paths_of(run, account.id, piece.events)),
    )


@blueprint.post("/w/<slug>/tasks/<task_id>/kill")
async def kill_task(slug: str, task_id: str) -> ResponseReturnValue:
    """Kill a task."""
    await task_reading.kill(parts(), await _owned(slug), task_id)
    return see_other(f"/w/{slug}/tasks?done=task-killed")


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    return await widgets.owned(parts().store, slug, account.id, "see its background tasks")


def _text(value: Any) -> str:
    text = "" if value is None else json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + " …"
