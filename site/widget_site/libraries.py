"""Which widgets a GUI uses as libraries: those of the same account whose package its ``anvil.yaml`` names."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

from widget_model.anvil_app import Packages, packages_of
from widget_site.errors import SiteError
from widget_site.store import libraries
from widget_site.store.gate import Change, ServingGate
from widget_site.store.libraries import Gui
from widget_site.store.store import Store

log = logging.getLogger(__name__)

#: Libraries of one widget, those of its libraries counted, and bytes of all their files.
MAX_LIBRARIES = 30
MAX_BYTES = 16 * 1024 * 1024
_MAX_KNOWN = 20_000


class Libraries:
    """Finds libraries; what packages a tree of files names stays known."""

    def __init__(self, store: Store) -> None:
        self._store = store
        #: By the digest of a tree.
        self._known: OrderedDict[str, Packages] = OrderedDict()

    async def of(self, owner_id: str, code: str) -> dict[str, str]:
        """Return the digests of the libraries of an account's app, and of theirs, by package, the nearest first.

        Of several widgets of one package the last changed counts. Those that are too many or too large are left out.
        """
        app = (await self._packages_of({code}))[code]
        if not app.used:
            return {}
        guis = await libraries.of_owner(self._store, owner_id)
        known = await self._packages_of({one.code for one in guis})
        there = {known[one.code].own: one for one in reversed(guis)}
        found: dict[str, str] = {}
        waiting, left = [app], MAX_BYTES
        while waiting:
            for package in sorted(waiting.pop(0).used - found.keys() - {app.own}):
                one = there.get(package)
                if one is not None and one.size_bytes <= left and len(found) < MAX_LIBRARIES:
                    found[package] = one.code
                    left -= one.size_bytes
                    waiting.append(known[one.code])
        return found

    async def has(self, owner_id: str, package: str) -> bool:
        """Whether a GUI of an account is this package."""
        guis = await libraries.of_owner(self._store, owner_id)
        return any(one.own == package for one in (await self._packages_of({gui.code for gui in guis})).values())

    async def users_of(self, owner_id: str, packages: Iterable[str]) -> list[str]:
        """Return the ids of an account's GUIs that use one of these packages, or a library that does."""
        guis = await libraries.of_owner(self._store, owner_id)
        known = await self._packages_of({one.code for one in guis})
        changed, users = set(packages), dict[str, None]()
        while True:
            more = [one for one in guis if one.id not in users and known[one.code].used & changed]
            if not more:
                return list(users)
            for one in more:
                users[one.id] = None
                changed.add(known[one.code].own)

    async def package_of(self, gui: Gui) -> str:
        """Return the package that a GUI is; "" for none."""
        return (await self._packages_of({gui.code}))[gui.code].own

    async def _packages_of(self, codes: set[str]) -> dict[str, Packages]:
        found = {code: self._known[code] for code in codes & self._known.keys()}
        unknown = codes - found.keys()
        if unknown:
            texts = await libraries.manifests(self._store, unknown)
            read = await asyncio.to_thread(_read, {code: texts.get(code) for code in unknown})
            found |= read
            self._known |= read
            while len(self._known) > _MAX_KNOWN:
                self._known.popitem(last=False)
        return found


def _read(texts: Mapping[str, str | None]) -> dict[str, Packages]:
    return {code: Packages() if text is None else packages_of(text) for code, text in texts.items()}


class LibraryGate:
    """The gate, behind which a changed GUI is served anew also wherever it is a library (``store.gate``)."""

    def __init__(self, gate: ServingGate, store: Store, known: Libraries) -> None:
        self._gate = gate
        self._store = store
        self._libraries = known

    @asynccontextmanager
    async def change(self, widget_id: str) -> AsyncIterator[Change]:
        """Let the block commit its change; once this ends, the widgets that use this one run what it is now."""
        before = await libraries.get(self._store, widget_id)
        async with self._gate.change(widget_id) as change:
            yield change
        if change.generation is None:
            return
        try:
            await self._tell_users(before, await libraries.get(self._store, widget_id))
        except SiteError as error:
            # What was saved is saved; who uses it is loaded again in a while.
            log.warning("users of the library %s were not told: %s", widget_id, error)

    async def _tell_users(self, before: Gui | None, after: Gui | None) -> None:
        guis = [one for one in (before, after) if one is not None]
        packages = {await self._libraries.package_of(one) for one in guis} - {""}
        if not packages:
            return
        for user in await self._libraries.users_of(guis[0].owner_id, packages):
            if user != guis[0].id:
                await libraries.serve_anew(self._store, self._gate, user)


__all__ = ["MAX_BYTES", "MAX_LIBRARIES", "Libraries", "LibraryGate"]
