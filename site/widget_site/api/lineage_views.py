"""Forks: who forked a widget, how a fork differs from its parent, pulling the parent's changes."""

from quart import Blueprint

from widget_site.accounts.visitor import visitor
from widget_site.api import lineage_models, models, revision_models, shown
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.store import comparisons, lineage, widgets

blueprint = Blueprint("lineage", __name__)


@blueprint.get("/widgets/<slug>/forks")
@operation(200, models.Widgets, query=models.ListQuery, errors=(404,), anybody=True)
async def list_forks(slug: str, query: models.ListQuery) -> models.Widgets:
    """List a widget's forks, newest first: public ones and the caller's own."""
    site = parts()
    viewer = (await visitor()).id
    widget = await widgets.by_slug(site.store, slug, viewer)
    page = await widgets.forks_of(site.store, widget.id, viewer, after=query.page, limit=query.limit)
    return models.Widgets(items=[shown.widget(one, site.settings) for one in page.items], next=page.next)


@blueprint.get("/widgets/<slug>/parent")
@operation(200, lineage_models.ParentShown, errors=(404,), anybody=True)
async def get_parent(slug: str) -> lineage_models.ParentShown:
    """Compare a fork with what it came from; 404 when it is no fork, or when the caller may not see its parent."""
    found = await lineage.of_fork(parts().store, slug, (await visitor()).id)
    merged = await found.merge()
    return lineage_models.ParentShown(
        slug=found.parent.slug,
        revision=found.parent.revision,
        forked_revision=found.fork.forked_revision,
        theirs=[shown.file_change(one) for one in await comparisons.changes(found.base, found.theirs)],
        mine=[shown.file_change(one) for one in await comparisons.changes(found.base, found.mine)],
        conflicts=[one.path for one in merged.conflicts],
    )


@blueprint.get("/widgets/<slug>/parent/diff")
@operation(200, revision_models.Diff, query=lineage_models.ParentDiffQuery, errors=(404,), anybody=True)
async def get_parent_diff(slug: str, query: lineage_models.ParentDiffQuery) -> revision_models.Diff:
    """Read what a fork changed, or what its parent changed, since both were last the same."""
    found = await lineage.of_fork(parts().store, slug, (await visitor()).id)
    side = found.mine if query.side == "mine" else found.theirs
    return shown.diff(await comparisons.diffs(found.base, side, query.path))


@blueprint.post("/widgets/<slug>/pull")
@operation(200, revision_models.Saved, body=lineage_models.Pull, errors=(404, 409))
async def pull_parent(slug: str, body: lineage_models.Pull) -> revision_models.Saved:
    """Bring what the parent changed into the caller's fork, as a revision.

    409 where both sides changed the same lines: the error's ``conflicts`` name the files; send a choice for each.
    """
    viewer = (await visitor()).id
    choices = lineage.Choices(body.choices, body.files)
    made = await lineage.pull(parts().store, slug, viewer, choices, parent_revision=body.parent_revision)
    return revision_models.Saved(revision=made.number)
