"""All connected uplinks, as the rest of the site sees them: who answers a name, who is connected, and an end to it."""

import dataclasses
import random

from widget_site.dispatch.redis_link import RedisLink
from widget_site.uplink.directory import Directory
from widget_site.uplink.far import FarCalls
from widget_site.uplink.link import Link
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.uplinks import LinkEntry


class Uplinks:
    """``async with``: inside, calls reach the links of this process and of all others."""

    def __init__(self, link: RedisLink, site: str) -> None:
        self.site = site
        self.directory = Directory(link, site)
        self._far = FarCalls(link, site, self._call_held, self._drain_held)
        self.directory.on_lost = self._far.lost
        #: The links of this process.
        self.held: dict[str, Link] = {}

    async def __aenter__(self) -> "Uplinks":
        await self.directory.__aenter__()
        await self._far.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
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
            await self._far.ask_to_drain(entry)

    async def _call_held(self, link_id: str, call: ServiceCall) -> ServiceAnswer | None:
        link = self.held.get(link_id)
        return None if link is None else await link.call(call)

    def _drain_held(self, link_id: str) -> None:
        link = self.held.get(link_id)
        if link is not None:
            link.draining = True
            self.changed(link)
