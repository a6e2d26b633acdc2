"""The history of a widget: every revision, what differs between two, and restoring one."""

import re
from collections.abc import Sequence

from quart import Blueprint, jsonify, make_response, request
from quart.typing import ResponseReturnValue

from widget_model.anvil_app import form_changes, templates_in
from widget_model.diffs import FileDiff
from widget_model.kinds import Kind
from widget_site import study
from widget_site.accounts.visitor import signed_in, visitor
from widget_site.errors import NotFoundError
from widget_site.pages.diff_view import shown_files
from widget_site.pages.forms import posted
from widget_site.pages.headers import content_security_policy
from widget_site.pages.render import page, widget_url
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import comparisons, drafts, revisions, trees, widgets
from widget_site.store.values import Draft

blueprint = Blueprint("revisions", __name__)


@blueprint.get("/w/<slug>/revisions")
async def history(slug: str) -> str:
    """Show the revisions of a widget that the visitor may see."""
    viewer = (await visitor()).id
    store = parts().store
    widget = await widgets.by_slug(store, slug, viewer)
    found = await revisions.listed(store, slug, viewer, after=request.args.get("after"))
    is_owner = viewer == widget.owner_id
    draft = await _differing_draft(slug, viewer) if is_owner and "after" not in request.args else None
    return await page("revisions.html", widget=widget, is_owner=is_owner, revisions=found, draft=draft)


@blueprint.get("/w/<slug>/diff")
async def diff(slug: str) -> ResponseReturnValue:
    """Show what differs between two revisions, or between one and the owner's draft."""
    viewer = (await visitor()).id
    path = request.args.get("path")
    both = await _sides(slug, viewer)
    found = await comparisons.diffs(both.old, both.new, path)
    revision = None if both.new_number is None else await revisions.get(parts().store, slug, viewer, both.new_number)
    drawn = _drawn(both, found)
    html = await page(
        "diff.html",
        widget=both.widget,
        is_owner=viewer == both.widget.owner_id,
        both=both,
        revision=revision if both.new_number == both.old_number + 1 else None,
        files=await shown_files(found, both.old, both.new),
        path=path,
        drawn=drawn,
    )
    response = await make_response(html)
    if drawn:
        # Forms are drawn on the widget's own origin.
        response.headers["Content-Security-Policy"] = content_security_policy(widget_url(slug).rstrip("/"))
    return response


@blueprint.get("/w/<slug>/diff/forms")
async def diff_forms(slug: str) -> ResponseReturnValue:
    """Return the forms of both sides of a difference, for the pictures of them on its page."""
    both = await _sides(slug, (await visitor()).id)
    return jsonify(await study.read(form_changes, both.old, both.new))


async def _sides(slug: str, viewer: str | None) -> comparisons.Sides:
    old, new = (request.args.get(name, "").strip() for name in ("from", "to"))
    number = _number(new) if new != "draft" else None
    return await comparisons.sides(parts().store, slug, viewer, number, _number(old), draft=new == "draft")


@blueprint.post("/w/<slug>/revisions/<int:number>/restore")
async def restore(slug: str, number: int) -> ResponseReturnValue:
    """Make a new revision with the files of an earlier one; asks what becomes of a draft, if there is one."""
    viewer = (await signed_in()).id
    store = parts().store
    choice = (await posted("draft")).values["draft"]
    if choice not in ("save", "discard") and await _differing_draft(slug, viewer) is not None:
        widget = await widgets.by_slug(store, slug, viewer)
        old = await revisions.get(store, slug, viewer, number)
        return await page("restore.html", widget=widget, is_owner=True, revision=old)
    await revisions.restore(store, slug, viewer, number, keep_draft=choice != "discard")
    return see_other(f"/w/{slug}/revisions?done=restored")


def _drawn(both: comparisons.Sides, found: Sequence[FileDiff]) -> dict[str, str]:
    """Return path → form of the templates among files that differ; of a GUI."""
    if both.widget.kind != Kind.GUI:
        return {}
    known = templates_in(both.old) | templates_in(both.new)
    return {one.change.path: known[one.change.path] for one in found if one.change.path in known}


def _number(text: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch("[0-9]{1,9}", text):
        raise NotFoundError("There is no revision of that number.")
    return int(text)


async def _differing_draft(slug: str, viewer: str | None) -> Draft | None:
    """Return the owner's draft, unless it says the same as the latest revision."""
    store = parts().store
    draft = await drafts.get(store, slug, viewer)
    if draft is None:
        return None
    widget = await widgets.by_slug(store, slug, viewer)
    return None if draft.files == await trees.files_of(store, widget.code) else draft
