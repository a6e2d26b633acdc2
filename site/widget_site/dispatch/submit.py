"""Handing a run over: one round trip, and never with old code."""

from collections.abc import Callable

from redis.exceptions import RedisError

from widget_site.dispatch.errors import AwayError, BusyError
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.dispatch.snapshots import Snapshots
from widget_site.errors import NotFoundError
from widget_site.store.values import WidgetSnapshot
from widget_wire import keys, submit
from widget_wire.runs import RunRequest

#: How often a snapshot may turn out stale before we give up: each time the widget was changed in between.
_TRIES = 6

RequestMaker = Callable[[WidgetSnapshot], RunRequest]


class UnknownWidgetError(NotFoundError):
    """There is no widget of this name (any more)."""

    text = "There is no such widget."


class Submitter:
    """Pushes runs to the runners' queue."""

    def __init__(self, link: RedisLink, snapshots: Snapshots) -> None:
        self._link = link
        self._snapshots = snapshots

    async def newest(self, slug: str) -> WidgetSnapshot:
        """Return a widget as this process knows it; UnknownWidgetError when there is no such widget."""
        snapshot = await self._snapshots.get(slug)
        if snapshot is None:
            raise UnknownWidgetError
        return snapshot

    async def submit(self, slug: str, make: RequestMaker) -> WidgetSnapshot:
        """Push what ``make`` builds of the widget's newest snapshot; return that snapshot.

        UnknownWidgetError when there is no such widget; BusyError for a full queue; AwayError without Redis.
        ``make`` may be called more than once and may raise.
        """
        return await self._submit(slug, make, submit.SUBMIT, lambda _: (), (keys.QUEUE_MAX,))

    async def submit_once(self, slug: str, make: RequestMaker) -> WidgetSnapshot:
        """The same for a run that may have been handed over before: then nothing is pushed (``SUBMIT_ONCE``).

        The snapshot returned is then the newest, which need not be the one that the run got.
        """
        arguments = (keys.QUEUE_MAX // 2, keys.ONCE_TTL_S)
        return await self._submit(slug, make, submit.SUBMIT_ONCE, lambda run: (keys.ONCE + run.id,), arguments)

    async def _submit(
        self,
        slug: str,
        make: RequestMaker,
        script: str,
        more_keys: Callable[[RunRequest], tuple[str, ...]],
        arguments: tuple[int, ...],
    ) -> WidgetSnapshot:
        try:
            # The connection comes first: a new one makes every snapshot unsure (RedisLink.epoch).
            connection = await self._link.acquire()
        except (*GONE, RedisError) as error:
            raise AwayError from error
        try:
            for attempt in range(_TRIES):
                snapshot = await self._snapshots.get(slug)
                if snapshot is None:
                    raise UnknownWidgetError
                request = make(snapshot)
                answer = await self._link.run_script(
                    connection,
                    script,
                    (keys.LIVE + snapshot.widget_id, keys.RUN_QUEUE, *more_keys(request)),
                    (str(snapshot.generation), request.to_envelope(), *arguments),
                )
                if answer == b"ok":
                    return snapshot
                if answer == b"full":
                    raise BusyError
                await self._forget(slug, snapshot, attempt)
            raise BusyError
        except GONE as error:
            await connection.disconnect(nowait=True)
            raise AwayError from error
        finally:
            await self._link.release(connection)

    async def _forget(self, slug: str, snapshot: WidgetSnapshot, attempt: int) -> None:
        # It may be an old name of the widget.
        for name in {slug, snapshot.slug}:
            self._snapshots.drop(name)
        if attempt >= _TRIES // 2:
            # Redis holds a higher generation than the database: a database put back from a backup. No key means
            # stale everywhere, and then the database's own generation is raised.
            await self._link.client.delete(keys.LIVE + snapshot.widget_id)
