"""Files, revisions and drafts."""

from quart import Blueprint

from widget_site.accounts.visitor import visitor
from widget_site.api import models, revision_models, shown
from widget_site.api.operation import operation
from widget_site.errors import NotFoundError
from widget_site.parts import parts
from widget_site.store import comparisons, drafts, revisions, trees

# Addresses with two parameters name the kind of both: quart_schema misreads "<slug>/.../<int:number>".
blueprint = Blueprint("revisions", __name__)


@blueprint.put("/widgets/<slug>/files")
@operation(200, revision_models.Saved, body=revision_models.FilesPatch, errors=(404, 409))
async def save_files(slug: str, body: revision_models.FilesPatch) -> revision_models.Saved:
    """Write files as a new revision, which every call from then on runs.

    409 when ``base_revision`` is not the latest: the error holds the latest ``revision`` and its ``files``, and nothing
    was saved; 409 also when ``draft_version`` is not the draft's. When nothing differs there is no new revision.
    """
    made = await revisions.append(
        parts().store,
        slug,
        (await visitor()).id,
        body.files,
        base_revision=body.base_revision,
        message=body.message,
        drop_draft=body.drop_draft,
        draft_version=body.draft_version,
    )
    return revision_models.Saved(revision=made.number)


@blueprint.get("/widgets/<slug>/revisions")
@operation(200, revision_models.Revisions, query=models.ListQuery, errors=(404,), anybody=True)
async def list_revisions(slug: str, query: models.ListQuery) -> revision_models.Revisions:
    """List a widget's revisions, newest first."""
    page = await revisions.listed(parts().store, slug, (await visitor()).id, after=query.page, limit=query.limit)
    return revision_models.Revisions(items=[shown.revision(one) for one in page.items], next=page.next)


@blueprint.get("/widgets/<string:slug>/revisions/<int:number>")
@operation(200, revision_models.RevisionFull, errors=(404,), anybody=True)
async def get_revision(slug: str, number: int) -> revision_models.RevisionFull:
    """Read one revision with its files."""
    store = parts().store
    found = await revisions.get(store, slug, (await visitor()).id, number)
    return shown.revision_full(found, await trees.files_of(store, found.code))


@blueprint.post("/widgets/<string:slug>/revisions/<int:number>/restore")
@operation(200, revision_models.Saved, body=revision_models.RestoreBody, errors=(404, 409))
async def restore_revision(slug: str, number: int, body: revision_models.RestoreBody) -> revision_models.Saved:
    """Make a new revision with the files of an earlier one; a draft becomes a revision of its own before."""
    viewer = (await visitor()).id
    made = await revisions.restore(parts().store, slug, viewer, number, keep_draft=body.draft == "save")
    return revision_models.Saved(revision=made.number)


@blueprint.get("/widgets/<slug>/diff")
@operation(200, revision_models.Diff, query=revision_models.DiffQuery, errors=(404,), anybody=True)
async def get_diff(slug: str, query: revision_models.DiffQuery) -> revision_models.Diff:
    """Compare two revisions, or one with the draft, file by file.

    Files that would make the answer too long have no hunks and ``is_cut``; ask for each with ``path``.
    """
    is_draft = query.to == "draft"
    number = int(query.to) if query.to and not is_draft else None
    viewer = (await visitor()).id
    both = await comparisons.sides(parts().store, slug, viewer, number, query.from_, draft=is_draft)
    return shown.diff(await comparisons.diffs(both.old, both.new, query.path))


@blueprint.get("/widgets/<slug>/draft")
@operation(200, revision_models.DraftShown, errors=(404,))
async def get_draft(slug: str) -> revision_models.DraftShown:
    """Read what the editor keeps between two revisions; 404 when there is none."""
    draft = await drafts.get(parts().store, slug, (await visitor()).id)
    if draft is None:
        raise NotFoundError("There is no draft.")
    return revision_models.DraftShown(
        files=draft.files, base_revision=draft.base_revision, version=draft.version, changed_at=draft.changed_at
    )


@blueprint.put("/widgets/<slug>/draft")
@operation(200, revision_models.DraftSaved, body=revision_models.DraftBody, errors=(404, 409))
async def save_draft(slug: str, body: revision_models.DraftBody) -> revision_models.DraftSaved:
    """Keep what is typed, without serving it.

    409 when another tab saved a draft after ``version``: the error holds that one's ``version`` and ``files``.
    """
    draft = await drafts.put(
        parts().store,
        slug,
        (await visitor()).id,
        body.files,
        base_revision=body.base_revision,
        version=body.version,
    )
    return revision_models.DraftSaved(version=draft.version)


@blueprint.delete("/widgets/<slug>/draft")
@operation(204, errors=(404,))
async def delete_draft(slug: str) -> None:
    """Forget the draft."""
    await drafts.remove(parts().store, slug, (await visitor()).id)
