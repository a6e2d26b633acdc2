"""A fork and what it came from: its forks, comparing it with its parent, pulling the parent's changes."""

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import signed_in, visitor
from widget_site.errors import ConflictError
from widget_site.pages.diff_view import shown_files
from widget_site.pages.merging import posted_choices, shown_conflicts
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import comparisons, lineage, proposals, widgets

blueprint = Blueprint("lineage", __name__)


@blueprint.get("/w/<slug>/forks")
async def forks(slug: str) -> str:
    """List the forks of a widget that the visitor may see."""
    viewer = (await visitor()).id
    widget = await widgets.by_slug(parts().store, slug, viewer)
    found = await widgets.forks_of(parts().store, widget.id, viewer, after=request.args.get("after"))
    return await page("forks.html", widget=widget, is_owner=viewer == widget.owner_id, found=found)


@blueprint.get("/w/<slug>/parent")
async def parent(slug: str) -> str:
    """Show what a fork and its parent changed since they were last the same."""
    return await _show(slug, "")


@blueprint.post("/w/<slug>/pull")
async def pull(slug: str) -> ResponseReturnValue:
    """Bring what the parent changed into the visitor's fork; shows what is to be chosen, if there is something."""
    viewer = (await signed_in()).id
    revision = str((await request.form).get("parent_revision", ""))
    try:
        await lineage.pull(
            parts().store,
            slug,
            viewer,
            await posted_choices(),
            parent_revision=int(revision) if revision.isdecimal() and len(revision) < 10 else None,
        )
    except ConflictError as error:
        return await _show(slug, str(error)), error.status
    return see_other(f"/w/{slug}/revisions?done=pulled")


async def _show(slug: str, problem: str) -> str:
    viewer = (await visitor()).id
    found = await lineage.of_fork(parts().store, slug, viewer)
    path = request.args.get("path") if request.method == "GET" else None
    side = request.args.get("side")
    is_owner = viewer == found.fork.owner_id
    # First of all: what is left of the request's budget for comparing is enough for less and less.
    conflicts = (await found.merge()).conflicts if is_owner else ()
    shown = {
        name: await shown_files(
            await comparisons.diffs(found.base, files, path if side == name else None), found.base, files
        )
        for name, files in (("theirs", found.theirs), ("mine", found.mine))
    }
    return await page(
        "parent.html",
        widget=found.fork,
        is_owner=is_owner,
        parent=found.parent,
        theirs=shown["theirs"],
        mine=shown["mine"],
        conflicts=await shown_conflicts(conflicts),
        proposal=await proposals.open_of_fork(parts().store, found.fork.id) if is_owner else None,
        problem=problem,
    )
