"""Proposals: offered from a fork, listed, looked at, updated, withdrawn, merged, closed."""

from quart import Blueprint

from widget_site.accounts.rates import PROPOSALS
from widget_site.accounts.visitor import signed_in, visitor
from widget_site.api import proposal_models, revision_models, shown
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.store import comparisons, proposals
from widget_site.store.lineage import Choices
from widget_site.store.proposals import Proposal

blueprint = Blueprint("proposals", __name__)


@blueprint.post("/widgets/<slug>/propose")
@operation(201, proposal_models.ProposalShown, body=proposal_models.NewProposal, errors=(404, 409))
async def propose(slug: str, body: proposal_models.NewProposal) -> proposal_models.ProposalShown:
    """Offer what the caller's fork changed to the owner of its original; its files of now are pinned."""
    site, viewer = parts(), (await visitor()).id
    await site.limiter.take(PROPOSALS, viewer or "")
    made = await proposals.propose(site.store, slug, viewer, body.title, body.text, site.settings.site_url)
    return _shown(made)


@blueprint.get("/proposals")
@operation(200, proposal_models.Proposals, query=proposal_models.ProposalQuery)
async def list_proposals(query: proposal_models.ProposalQuery) -> proposal_models.Proposals:
    """List proposals to the caller's widgets, or those that the caller sent."""
    found = await proposals.listed(
        parts().store,
        await signed_in(),
        sent=query.box == "sent",
        state=query.state,
        after=query.page,
        limit=query.limit,
    )
    return proposal_models.Proposals(items=[_shown(one) for one in found.items], next=found.next)


@blueprint.get("/proposals/<proposal_id>")
@operation(200, proposal_models.ProposalShown, errors=(404,))
async def get_proposal(proposal_id: str) -> proposal_models.ProposalShown:
    """Read a proposal; its author and the original's owner alone may."""
    store, viewer = parts().store, (await visitor()).id
    held = await proposals.get(store, proposal_id, viewer)
    made = _shown(held)
    if held.owner_id == viewer and held.state == proposals.OPEN:
        found = await proposals.review(store, held, viewer)
        made.conflicts = [one.path for one in found.merge.conflicts]
    return made


@blueprint.get("/proposals/<proposal_id>/diff")
@operation(200, revision_models.Diff, query=proposal_models.ProposalDiffQuery, errors=(404,))
async def get_proposal_diff(proposal_id: str, query: proposal_models.ProposalDiffQuery) -> revision_models.Diff:
    """Read what a proposal changes of the files that fork and original last had in common."""
    store = parts().store
    held = await proposals.get(store, proposal_id, (await visitor()).id)
    base, proposed = await proposals.sides(store, held)
    return shown.diff(await comparisons.diffs(base, proposed, query.path))


@blueprint.post("/proposals/<proposal_id>/update")
@operation(200, proposal_models.ProposalShown, errors=(400, 404, 409))
async def update_proposal(proposal_id: str) -> proposal_models.ProposalShown:
    """Make the caller's open proposal hold the fork's newest revision, as another round."""
    site, viewer = parts(), (await visitor()).id
    await site.limiter.take(PROPOSALS, viewer or "")
    return _shown(await proposals.renew(site.store, proposal_id, viewer, site.settings.site_url))


@blueprint.post("/proposals/<proposal_id>/withdraw")
@operation(200, proposal_models.ProposalShown, errors=(404, 409))
async def withdraw_proposal(proposal_id: str) -> proposal_models.ProposalShown:
    """Take the caller's open proposal back."""
    return _shown(await proposals.withdraw(parts().store, proposal_id, (await visitor()).id))


@blueprint.post("/proposals/<proposal_id>/close")
@operation(200, proposal_models.ProposalShown, body=proposal_models.ProposalClosed, errors=(404, 409))
async def close_proposal(proposal_id: str, body: proposal_models.ProposalClosed) -> proposal_models.ProposalShown:
    """End an open proposal for the caller's widget without taking it."""
    site, viewer = parts(), (await visitor()).id
    return _shown(await proposals.close(site.store, proposal_id, viewer, body.reason, site.settings.site_url))


@blueprint.post("/proposals/<proposal_id>/merge")
@operation(200, revision_models.Saved, body=proposal_models.ProposalMerge, errors=(404, 409))
async def merge_proposal(proposal_id: str, body: proposal_models.ProposalMerge) -> revision_models.Saved:
    """Bring an open proposal into the caller's widget, as a revision whose author is the proposal's.

    409 where both sides changed the same lines: the error's ``conflicts`` name the files; send a choice for each
    (``mine`` is the original's). 409 also when the proposal was updated after ``round``, or is settled.
    """
    site, viewer = parts(), (await visitor()).id
    choices = Choices(body.choices, body.files)
    made = await proposals.merge(site.store, proposal_id, viewer, body.round, choices, site.settings.site_url)
    return revision_models.Saved(revision=made.number)


def _shown(value: Proposal) -> proposal_models.ProposalShown:
    names = proposal_models.ProposalShown.model_fields.keys() - {"widget", "conflicts"}
    return proposal_models.ProposalShown(widget=value.slug, **{name: getattr(value, name) for name in names})
