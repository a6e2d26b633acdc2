"""How much there is of everything, for administrators and metrics."""

import time
from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from widget_site.store import permission, tables
from widget_site.store.store import Store

_DAY_S = 86_400.0


@dataclass(frozen=True)
class Figures:
    """Numbers of the database, at one moment."""

    accounts: int
    widgets: dict[str, int]
    #: Runs that finished in the last day, by outcome.
    outcomes: dict[str, int]
    #: Runs that are queued or running, as far as the database knows.
    unfinished: int
    #: How many schedules are past their time, and the oldest's lateness in seconds.
    schedules_due: int
    schedules_late_s: float
    installs_queued: int
    messages_waiting: int
    messages_failed: int
    environments: int
    environment_bytes: int
    #: "sqlite" or "postgresql"
    database: str
    database_bytes: int
    #: Number of the newest migration that was applied.
    schema: str


@dataclass(frozen=True)
class EnvironmentLine:
    """Installed packages that widgets share."""

    digest: str
    size_bytes: int
    packages: tuple[str, ...]
    widgets: int
    created_at: float


@dataclass(frozen=True)
class FailedRun:
    """A run that failed by our fault or took its process with it."""

    id: str
    slug: str
    outcome: str
    error: str
    finished_at: float


async def figures(store: Store) -> Figures:
    """Count everything; some tens of milliseconds where there is much."""
    now = time.time()
    run, schedule, message = tables.run.c, tables.schedule.c, tables.message.c
    package_set, widget = tables.package_set.c, tables.widget.c
    async with store.database.reading() as db:

        async def count(table: object, *where: object) -> int:
            return await db.scalar(select(func.count()).select_from(table).where(*where)) or 0  # type: ignore[arg-type]

        recent = select(run.outcome, func.count()).where(run.finished_at > now - _DAY_S).group_by(run.outcome)
        kinds = select(widget.kind, func.count()).group_by(widget.kind)
        late = (schedule.due_at <= now) & permission.is_in_use()
        joined = tables.schedule.join(tables.widget, widget.id == schedule.widget_id)
        oldest = await db.scalar(select(func.min(schedule.due_at)).select_from(joined).where(late))
        kept = select(package_set.environment, func.max(package_set.size_bytes).label("size"))
        kept_set = kept.where(package_set.environment.is_not(None)).group_by(package_set.environment).subquery()
        size = (await db.execute(select(func.count(), func.sum(kept_set.c.size)).select_from(kept_set))).one()
        return Figures(
            accounts=await count(tables.account),
            widgets={row[0]: row[1] for row in await db.execute(kinds)},
            outcomes={row[0]: row[1] for row in await db.execute(recent) if row[0]},
            unfinished=await count(tables.run, run.finished_at.is_(None)),
            schedules_due=await count(joined, late),
            schedules_late_s=0.0 if oldest is None else max(0.0, now - oldest),
            installs_queued=await count(tables.package_set, package_set.status == "queued"),
            messages_waiting=await count(tables.message, message.due_at.is_not(None)),
            messages_failed=await count(tables.message, message.state == "failed"),
            environments=size[0],
            environment_bytes=int(size[1] or 0),
            database=make_url(str(store.database.engine.url)).get_backend_name(),
            database_bytes=int(await db.scalar(text(_SIZE[store.database.is_sqlite])) or 0),
            schema=str(await db.scalar(text("SELECT max(version_num) FROM alembic_version"))),
        )


_SIZE = {
    True: "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    False: "SELECT pg_database_size(current_database())",
}


async def environments(store: Store, limit: int = 50) -> list[EnvironmentLine]:
    """Return the environments, the largest first."""
    package_set, widget = tables.package_set.c, tables.widget.c
    used = select(func.count()).select_from(tables.widget).where(widget.environment == package_set.environment)
    query = (
        select(package_set.environment, package_set.size_bytes, package_set.packages, package_set.created_at)
        .add_columns(used.scalar_subquery().label("widgets"))
        .where(package_set.environment.is_not(None))
        .order_by(package_set.size_bytes.desc(), package_set.id)
        .limit(4 * limit)
    )
    lines: dict[str, EnvironmentLine] = {}
    async with store.database.reading() as db:
        for row in await db.execute(query):
            line = EnvironmentLine(row[0], row.size_bytes, tuple(row.packages), row.widgets, row.created_at)
            lines.setdefault(line.digest, line)
    return list(lines.values())[:limit]


async def failed_runs(store: Store, limit: int = 20) -> list[FailedRun]:
    """Return the last runs of the last day that failed by our fault or whose process went away."""
    run = tables.run.c
    columns = (run.id, tables.widget.c.slug, run.outcome, run.error, run.finished_at)
    joined = tables.run.join(tables.widget, tables.widget.c.id == run.widget_id)
    bad = run.outcome.in_(("internal_error", "crashed")) & (run.finished_at > time.time() - _DAY_S)
    query = select(*columns).select_from(joined).where(bad).order_by(run.finished_at.desc()).limit(limit)
    async with store.database.reading() as db:
        return [FailedRun(**row._mapping) for row in await db.execute(query)]
