"""The site as its administrators see it: what runs, what waits, what there is, what went wrong."""

import asyncio
import importlib.metadata
import os
import platform
import shutil
import time

from quart import Blueprint
from redis.exceptions import RedisError

from widget_site.accounts.visitor import administrator
from widget_site.dispatch import state
from widget_site.dispatch.redis_link import GONE
from widget_site.pages.render import page
from widget_site.pages.words import OUTCOMES
from widget_site.parts import SiteParts, parts
from widget_site.store import figures

blueprint = Blueprint("admin", __name__)

_STARTED_AT = time.time()


@blueprint.get("/admin")
async def overview() -> str:
    """Show everything at a glance."""
    await administrator()
    site = parts()
    disk = await asyncio.to_thread(shutil.disk_usage, site.settings.data)
    runners, queues = await _redis(site)
    return await page(
        "admin.html",
        runners=runners,
        queues=queues,
        figures=await figures.figures(site.store),
        outcomes=OUTCOMES,
        disk=disk,
        settings=site.settings,
        version=importlib.metadata.version("widgetry"),
        python=platform.python_version(),
        started_at=_STARTED_AT,
        pid=os.getpid(),
        failed=await figures.failed_runs(site.store),
        errors=site.errors.newest(),
    )


@blueprint.get("/admin/environments")
async def environments() -> str:
    """Show the environments, the largest first."""
    await administrator()
    store = parts().store
    shown, total = await figures.environments(store), await figures.figures(store)
    return await page("admin_environments.html", shown=shown, figures=total)


async def _redis(site: SiteParts) -> tuple[list[state.RunnerState] | None, state.QueueState | None]:
    link = site.dispatch.link
    try:
        return await state.runners(link), await state.queues(link)
    except (*GONE, RedisError):
        return None, None
