"""A widget's packages: asked for, followed, tried again."""

from quart import Blueprint

from widget_model.requirements import REQUIREMENTS, RequirementError, check_all, lines_of, text_of
from widget_site.accounts.visitor import visitor
from widget_site.api import package_models, shown
from widget_site.api.operation import operation
from widget_site.errors import FormError
from widget_site.installs import progress_of
from widget_site.parts import parts
from widget_site.store import packages, revisions, trees, widgets

blueprint = Blueprint("packages", __name__)


@blueprint.put("/widgets/<slug>/requirements")
@operation(202, package_models.EnvironmentWanted, body=package_models.Requirements, errors=(404, 409))
async def put_requirements(slug: str, body: package_models.Requirements) -> package_models.EnvironmentWanted:
    """Ask for exactly these packages: a new revision with this ``requirements.txt``.

    They are installed in the background; until then, and if that fails, runs see the packages from before. To send the
    same list again after a failure tries again.
    """
    store, viewer = parts().store, (await visitor()).id
    before = await widgets.owned(store, slug, viewer, "change its packages")
    lines = checked(body.requirements)
    held = lines_of(await trees.files_of(store, before.code))
    number = before.revision
    if lines != held:
        content = text_of(lines) if lines else None
        made = await revisions.append(
            store, slug, viewer, {REQUIREMENTS: content}, base_revision=body.base_revision, message="Changed packages"
        )
        number = made.number
    widget = await widgets.owned(store, slug, viewer, "change its packages")
    if widget.package_set_id is not None:
        await packages.retry(store, widget.package_set_id)
    wanted = await packages.get(store, widget.package_set_id)
    return package_models.EnvironmentWanted(revision=number, environment=shown.environment(wanted, widget.environment))


@blueprint.get("/widgets/<slug>/environment")
@operation(200, package_models.EnvironmentFull, errors=(404,))
async def get_environment(slug: str) -> package_models.EnvironmentFull:
    """Tell how far the packages are, what is installed, and the log."""
    site = parts()
    widget = await widgets.owned(site.store, slug, (await visitor()).id, "see how its packages were installed")
    wanted = await packages.get(site.store, widget.package_set_id)
    progress = None
    if wanted is not None and wanted.status == packages.QUEUED:
        progress = await progress_of(site.dispatch.link, wanted)
    lines = lines_of(await trees.files_of(site.store, widget.code))
    return shown.environment_full(lines, wanted, widget.environment, progress)


def checked(lines: list[str]) -> list[str]:
    """Return requirement lines as they are kept; FormError for the first that is not taken."""
    try:
        return check_all(lines)
    except RequirementError as error:
        raise FormError("requirements", str(error)) from error
