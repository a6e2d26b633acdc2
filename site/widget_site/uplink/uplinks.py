"""All connected uplinks, as the rest of the site sees them: who answers a name, who is connected, and an end to it."""

import dataclasses
import random
from typing import Any

from redis.exceptions import RedisError

from widget_site.dispatch import uplink_tasks
from widget_site.dispatch.redis_link import GONE, RedisLink
from widget_site.uplink import failures, far
from widget_site.uplink.directory import Directory
from widget_site.uplink.far import FarCalls
from widget_site.uplink.link import Link
from widget_site.uplink.tasks import UplinkTasks
from widget_wire.runs import RunRequest, ServiceAnswer, ServiceCall
from widget_wire.uplinks import CALL, DRAIN, KILL, LAUNCH, STATE, FarMessage, LinkEntry


class Uplinks:
    """``async with``: inside, calls reach the links of this process and of all others."""

    def __init__(self, link: RedisLink, site: str) -> None:
        self.site = site
        self.directory = Directory(link, site)
        self._link = link
        self._tasks = UplinkTasks(link, site)
        handlers: dict[str, far.Handler] = {
            CALL: self._far_call,
            LAUNCH: self._far_launch,
            STATE: self._far_state,
            KILL: self._far_kill,
            DRAIN: self._far_drain,
        }
        self._far = FarCalls(link, site, handlers)
        self.directory.on_lost = self._far.lost
        #: The links of this process.
        self.held: dict[str, Link] = {}

    async def __aenter__(self) -> "Uplinks":
        await self.directory.__aenter__()
        await self._far.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._tasks.close()
        await self._far.__aexit__()
        await self.directory.__aexit__()

    async def __call__(self, call: ServiceCall) -> ServiceAnswer | None:
        """Answer a call with one of the links that have its function, any of them; None when none has."""
        found = self.directory.find(call.widget_id, call.command)
        for entry in random.sample(found, len(found)):
            if entry.site != self.site:
                return await self._far.call(entry, call)
            answer = await self._call_held(entry.id, call)
            if answer is not None:
                return answer
        return None

    def has(self, widget_id: str, name: str) -> bool:
        """Whether a connected uplink answers this name."""
        return bool(self.directory.find(widget_id, name))

    def was_here(self, widget_id: str, name: str) -> bool:
        """Whether an uplink that has gone answered this name."""
        return self.directory.was_here(widget_id, name)

    def holds(self, call: ServiceCall) -> bool:
        """Whether the link that made a call of this process is still there."""
        return call.run_id.partition("-")[0] in self.held

    # --- background tasks

    async def launch(self, request: RunRequest) -> bool:
        """Run a background task, whose row is written, on one of the links that have it; False when none takes it."""
        found = self.directory.find(request.widget_id, str((request.function or {}).get("command")))
        for entry in random.sample(found, len(found)):
            if entry.site == self.site:
                if await self._launch_held(entry.id, request):
                    return True
                continue
            # Whether one that does not answer runs it is not known: so nobody else is asked.
            answer = await self._far.ask(entry.site, LAUNCH, entry.id, request.to_envelope())
            return answer is not None and answer.message.get("response") is True
        return False

    async def task_state(self, run_id: str) -> dict[str, Any] | None:
        """Return the state of a task that runs on an uplink, as an answer's message; None when it can't be had."""
        site = await self._site_of(run_id)
        if site is None:
            return None
        here = site == self.site
        answer = await (self._tasks.state(run_id) if here else self._far.ask(site, STATE, run_id))
        return answer.message if answer is not None and answer.message else None

    async def refuse_to_kill(self, run_id: str) -> bool:
        """Whether a run is a task on an uplink, which nobody can kill; its program is told that somebody wants it."""
        site = await self._site_of(run_id)
        if site == self.site:
            await self._tasks.refuse_to_kill(run_id)
        elif site is not None:
            await self._far.tell(site, KILL, run_id)
        return site is not None

    async def _site_of(self, run_id: str) -> str | None:
        try:
            return await uplink_tasks.site_of(self._link, run_id)
        except (*GONE, RedisError):
            return None

    async def _launch_held(self, link_id: str, request: RunRequest) -> bool:
        link = self.held.get(link_id)
        if link is None or link.is_gone:
            return False
        try:
            await self._tasks.begin(link, request)
        except (*GONE, RedisError):
            return False
        return True

    # --- links

    def let_in(self, link: Link, since: float) -> None:
        """Make a new link of this process known."""
        self.held[link.id] = link
        holder = link.holder
        self.directory.put(
            LinkEntry(link.id, holder.widget_id, self.site, holder.kind, holder.key_id, since, link.address)
        )

    def changed(self, link: Link) -> None:
        """Make known what a link has registered."""
        entry = self.directory.get(link.id)
        if entry is not None:
            names = tuple(sorted(link.names))
            self.directory.put(dataclasses.replace(entry, names=names, draining=link.draining))

    def let_out(self, link: Link) -> None:
        """Forget a link of this process."""
        self.held.pop(link.id, None)
        self.directory.remove(link.id)

    async def drain(self, entry: LinkEntry) -> None:
        """Let a link finish what it has and take no new calls, wherever it is held."""
        if entry.site == self.site:
            self._drain_held(entry.id)
        else:
            await self._far.tell(entry.site, DRAIN, entry.id)

    async def _call_held(self, link_id: str, call: ServiceCall) -> ServiceAnswer | None:
        link = self.held.get(link_id)
        return None if link is None else await link.call(call)

    def _drain_held(self, link_id: str) -> None:
        link = self.held.get(link_id)
        if link is not None:
            link.draining = True
            self.changed(link)

    # --- what other processes ask

    async def _far_call(self, message: FarMessage) -> ServiceAnswer:
        call = message.call()
        return await self._call_held(message.link, call) or failures.disconnected(call)

    async def _far_launch(self, message: FarMessage) -> ServiceAnswer:
        request = message.request()
        has_begun = await self._launch_held(message.link, request)
        if not has_begun and not message.site:
            await self._tasks.refuse(request)
        return ServiceAnswer(message.id, {"response": has_begun})

    async def _far_state(self, message: FarMessage) -> ServiceAnswer:
        return await self._tasks.state(message.link) or ServiceAnswer(message.id)

    async def _far_kill(self, message: FarMessage) -> None:
        await self._tasks.refuse_to_kill(message.link)

    async def _far_drain(self, message: FarMessage) -> None:
        self._drain_held(message.link)
