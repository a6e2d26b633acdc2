"""Proposals as pages: the lists, one with its differences, and what author and owner may do with it."""

from typing import Any

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.rates import PROPOSALS
from widget_site.accounts.visitor import signed_in
from widget_site.errors import SiteError
from widget_site.pages.diff_view import shown_files
from widget_site.pages.forms import Form, posted
from widget_site.pages.merging import posted_choices, shown_conflicts
from widget_site.pages.prose import shown_markdown
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import comparisons, lineage, proposals, widgets
from widget_site.store.proposals import Proposal

blueprint = Blueprint("proposals", __name__)


@blueprint.get("/proposals")
async def all_proposals() -> str:
    """List the proposals to the visitor's widgets, or with ``box=sent`` those that the visitor sent."""
    account = await signed_in()
    sent = request.args.get("box") == "sent"
    found = await proposals.listed(parts().store, account, sent=sent, after=request.args.get("after"))
    return await page("proposals.html", found=found, sent=sent, widget=None)


@blueprint.get("/w/<slug>/proposals")
async def of_widget(slug: str) -> str:
    """List the proposals to one widget, for its owner."""
    account = await signed_in()
    widget = await widgets.owned(parts().store, slug, account.id, "see its proposals")
    found = await proposals.listed(parts().store, account, widget_id=widget.id, after=request.args.get("after"))
    return await page("proposals.html", found=found, sent=False, widget=widget)


@blueprint.get("/w/<slug>/propose")
async def propose_form(slug: str) -> ResponseReturnValue:
    """Show the form that offers a fork's changes; the open proposal, if there is one already."""
    account = await signed_in()
    fork = await widgets.owned(parts().store, slug, account.id, "propose its changes")
    if (held := await proposals.open_of_fork(parts().store, fork.id)) is not None:
        return see_other(f"/proposals/{held}")
    return await _propose(slug, account.id, Form({"title": "", "text": ""}))


@blueprint.post("/w/<slug>/propose")
async def propose(slug: str) -> ResponseReturnValue:
    """Offer a fork's changes."""
    account = await signed_in()
    form = await posted("title", "text")
    site = parts()
    try:
        await site.limiter.take(PROPOSALS, account.id)
        made = await proposals.propose(
            site.store, slug, account.id, form.values["title"], form.values["text"], site.settings.site_url
        )
    except SiteError as error:
        if error.status not in (400, 409, 429):
            raise
        return await _propose(slug, account.id, form.refuse(error)), form.status
    return see_other(f"/proposals/{made.id}?done=proposed")


@blueprint.get("/proposals/<proposal_id>")
async def proposal(proposal_id: str) -> str:
    """Show a proposal to its author or the original's owner."""
    return await _show(proposal_id, Form())


@blueprint.post("/proposals/<proposal_id>/<any(merge, close, update, withdraw):act>")
async def settle(proposal_id: str, act: str) -> ResponseReturnValue:
    """Merge, close, update or withdraw a proposal."""
    account, site = await signed_in(), parts()
    origin = site.settings.site_url
    form = await posted("round", "reason")
    try:
        if act == "merge":
            number = form.values["round"]
            seen = int(number) if number.isdecimal() and len(number) < 10 else 0
            await proposals.merge(site.store, proposal_id, account.id, seen, await posted_choices(), origin)
        elif act == "close":
            await proposals.close(site.store, proposal_id, account.id, form.values["reason"], origin)
        elif act == "update":
            await site.limiter.take(PROPOSALS, account.id)
            await proposals.renew(site.store, proposal_id, account.id, origin)
        else:
            await proposals.withdraw(site.store, proposal_id, account.id)
    except SiteError as error:
        if error.status not in (400, 409, 429):
            raise
        return await _show(proposal_id, form.refuse(error)), form.status
    return see_other(f"/proposals/{proposal_id}")


async def _propose(slug: str, viewer: str, form: Form) -> str:
    found = await lineage.of_fork(parts().store, slug, viewer)
    differing = await comparisons.diffs(found.base, found.mine)
    return await page(
        "propose.html",
        widget=found.fork,
        is_owner=True,
        parent=found.parent,
        form=form,
        files=await shown_files(differing, found.base, found.mine),
    )


async def _show(proposal_id: str, form: Form) -> str:
    viewer, store = (await signed_in()).id, parts().store
    held = await proposals.get(store, proposal_id, viewer)
    base, proposed = await proposals.sides(store, held)
    path = request.args.get("path") if request.method == "GET" else None
    # First of all: what is left of the request's budget for comparing is enough for less and less.
    found = (
        await proposals.review(store, held, viewer)
        if held.owner_id == viewer and held.state == proposals.OPEN
        else None
    )
    context: dict[str, Any] = {
        "proposal": held,
        "is_owner": held.owner_id == viewer,
        "is_author": held.author_id == viewer,
        "text": await shown_markdown(held.text),
        "files": await shown_files(await comparisons.diffs(base, proposed, path), base, proposed),
        "rounds": await proposals.rounds(store, held),
        "conflicts": [],
        "result": None,
        "is_newer": await _is_newer(held, viewer),
        "path": path,
        "form": form,
    }
    if found is not None:
        context["conflicts"] = await shown_conflicts(found.merge.conflicts)
        context["result"] = await comparisons.changes(found.held, found.merge.files)
    return await page("proposal.html", **context)


async def _is_newer(held: Proposal, viewer: str) -> bool:
    """Whether the author's fork has a revision that the open proposal does not hold."""
    if held.author_id != viewer or held.fork is None or held.state != proposals.OPEN:
        return False
    return (await widgets.by_slug(parts().store, held.fork, viewer)).code != held.code
