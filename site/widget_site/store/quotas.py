"""Quotas of accounts: the site's own or what an admin gave, and what is used of them (issue 3.10).

Runs and minutes are counted when the site worker writes the records of finished runs (``tallies``), so a call costs
nothing for them; who is over is found when a widget's snapshot is loaded (``refusal_of_runs``), so it is known
everywhere within half a minute. Storage is counted when it is asked for.
"""

import dataclasses
import time

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from widget_model import quotas as rules
from widget_model.quotas import NAMES, Quota, Quotas, Used
from widget_site.errors import FormError, NotFoundError, OverQuotaError
from widget_site.store import tables
from widget_site.store.database import insert_unless_there
from widget_site.store.store import Store

_Q = tables.account_quota.c
_U = tables.usage_day.c
_W = tables.widget.c
#: The most that an admin can give.
MOST = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class GivenQuotas:
    """What an admin gave an account; None is the site's own, 0 is no bound."""

    runs_per_day: int | None = None
    minutes_per_day: int | None = None
    minutes_per_month: int | None = None
    storage_mb: int | None = None


async def given(store: Store, account_id: str) -> GivenQuotas:
    """Return what an admin gave the account."""
    async with store.database.reading() as db:
        return await _given(db, account_id)


async def give(store: Store, account_id: str, quotas: GivenQuotas) -> None:
    """Give an account quotas of its own, all at once; FormError for a number that can't be one.

    NotFoundError when there is no such account. It holds everywhere within half a minute. Asks for no permission.
    """
    values = dataclasses.asdict(quotas)
    for name, value in values.items():
        if value is not None and not 0 <= value <= MOST:
            raise FormError(name, f"A quota is a whole number from 0 (no bound) to {MOST:,}.")
    async with store.database.writing() as db:
        if await db.scalar(select(tables.account.c.id).where(tables.account.c.id == account_id)) is None:
            raise NotFoundError("There is no such account.")
        made = insert_unless_there(db, tables.account_quota).values(account_id=account_id, **values)
        await db.execute(made)
        await db.execute(tables.account_quota.update().where(_Q.account_id == account_id).values(**values))


async def of_account(store: Store, account_id: str, now: float | None = None) -> tuple[Quota, ...]:
    """Return every quota of an account with what is used of it; for its owner and admins."""
    now = time.time() if now is None else now
    async with store.database.reading() as db:
        most = await _most(db, store.quotas, account_id)
        used = await _used_by_runs(db, account_id, now)
        stored = await stored_bytes(db, account_id)
    return rules.quotas_of(most, dataclasses.replace(used, storage_bytes=stored), now)


async def run_quota_used_up(store: Store, db: AsyncConnection, account_id: str, now: float) -> Quota | None:
    """Return the quota of runs or minutes that the account has used up, if it has: two small reads."""
    most = await _most(db, store.quotas, account_id)
    if not (most.runs_per_day or most.minutes_per_day or most.minutes_per_month):
        return None
    return rules.of_runs(rules.quotas_of(most, await _used_by_runs(db, account_id, now), now))


async def require_runs(store: Store, db: AsyncConnection, account_id: str) -> None:
    """Raise an OverQuotaError that says which and what to do when the account may not run more now."""
    now = time.time()
    found = await run_quota_used_up(store, db, account_id, now)
    if found is not None:
        raise over_quota(found, now)


async def require_storage(store: Store, account_id: str) -> None:
    """Raise an OverQuotaError when the account's storage is used up, before anything is made that adds to it."""
    async with store.database.reading() as db:
        most = await _most(db, store.quotas, account_id)
        if not most.storage_mb:
            return
        used = Used(storage_bytes=await stored_bytes(db, account_id))
    now = time.time()
    found = next(one for one in rules.quotas_of(most, used, now) if one.resets_at is None)
    if found.is_used_up:
        raise over_quota(found, now)


def over_quota(quota: Quota, now: float) -> OverQuotaError:
    """Return the error for the owner of an account."""
    wait_s = 0 if quota.resets_at is None else max(1, int(quota.resets_at - now))
    return OverQuotaError(quota.refusal(), details={"quota": quota.name}, retry_after_s=wait_s)


async def stored_bytes(db: AsyncConnection, account_id: str) -> int:
    """Return the bytes that an account stores: each set of files of its revisions once, each environment once, and
    the files that its runs left and the mail that its widgets sent, as long as they are kept.
    """
    tree, revision, package_set = tables.tree.c, tables.revision.c, tables.package_set.c
    codes = (
        select(revision.code)
        .select_from(tables.widget.join(tables.revision, revision.widget_id == _W.id))
        .where(_W.owner_id == account_id)
        .distinct()
    )
    files = await db.scalar(select(func.sum(tree.size_bytes)).where(tree.code.in_(codes)))
    # Every list of packages is the account's own; lists that differ may make the same environment.
    mine = (package_set.account_id == account_id) & package_set.environment.is_not(None)
    kept = select(package_set.environment, package_set.size_bytes).where(mine).distinct().subquery()
    environments = await db.scalar(select(func.sum(kept.c.size_bytes)))
    left = (tables.run_file.c.owner_id == account_id) & tables.run_file.c.blob.is_not(None)
    of_runs = await db.scalar(select(func.sum(tables.run_file.c.bytes)).where(left))
    letters = tables.letter.join(tables.widget, tables.letter.c.widget_id == _W.id)
    of_mail = select(func.sum(tables.letter.c.size_bytes)).select_from(letters).where(_W.owner_id == account_id)
    mail = await db.scalar(of_mail)
    values = tables.kept_value.join(tables.widget, tables.kept_value.c.widget_id == _W.id)
    of_values = select(func.sum(tables.kept_value.c.size_bytes)).select_from(values).where(_W.owner_id == account_id)
    kept_values = await db.scalar(of_values)
    return sum(int(one or 0) for one in (files, environments, of_runs, mail, kept_values))


async def _given(db: AsyncConnection, account_id: str) -> GivenQuotas:
    row = (await db.execute(select(*(_Q[name] for name in NAMES)).where(_Q.account_id == account_id))).first()
    return GivenQuotas() if row is None else GivenQuotas(**row._mapping)


async def _most(db: AsyncConnection, site: Quotas, account_id: str) -> Quotas:
    given = dataclasses.asdict(await _given(db, account_id))
    return dataclasses.replace(site, **{name: value for name, value in given.items() if value is not None})


async def _used_by_runs(db: AsyncConnection, account_id: str, now: float) -> Used:
    today = rules.day_of(now)
    days = (_U.account_id == account_id) & (_U.day >= rules.first_day_of_month(now)) & (_U.day <= today)
    rows = (await db.execute(select(_U.day, _U.runs, _U.run_s).where(days))).all()
    return Used(
        runs_today=sum(row.runs for row in rows if row.day == today),
        seconds_today=sum(row.run_s for row in rows if row.day == today),
        seconds_this_month=sum(row.run_s for row in rows),
    )
