"""Which widgets a GUI uses as libraries: those of the same account whose package its ``anvil.yaml`` names."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping

from widget_model.anvil_app import Manifest, package_of
from widget_site.store import libraries
from widget_site.store.libraries import Library
from widget_site.store.store import Store

#: Libraries of one widget, those of its libraries counted.
MAX_LIBRARIES = 30
_MAX_KNOWN = 20_000


class Libraries:
    """Finds libraries; what package a tree of files is stays known."""

    def __init__(self, store: Store) -> None:
        self._store = store
        #: Digest of a tree → its package, "" for none.
        self._packages: OrderedDict[str, str] = OrderedDict()

    async def of(self, owner_id: str, manifest: Manifest) -> dict[str, Library]:
        """Return the libraries that an account's app names and the account has, by their package.

        Of several widgets of one package the last changed counts.
        """
        wanted = {one.package for one in manifest.dependencies} - {"", manifest.package}
        if not wanted:
            return {}
        found: dict[str, Library] = {}
        there = await libraries.of_owner(self._store, owner_id)
        await self._learn({one.code for one in there})
        for one in there:
            package = self._packages.get(one.code, "")
            if package in wanted:
                found.setdefault(package, one)
        return found

    async def _learn(self, codes: set[str]) -> None:
        unknown = codes - self._packages.keys()
        if not unknown:
            return
        texts = await libraries.manifests(self._store, unknown)
        self._packages |= await asyncio.to_thread(_packages_of, {code: texts.get(code, "") for code in unknown})
        while len(self._packages) > _MAX_KNOWN:
            self._packages.popitem(last=False)


def _packages_of(texts: Mapping[str, str]) -> dict[str, str]:
    return {code: package_of(text) for code, text in texts.items()}


__all__ = ["MAX_LIBRARIES", "Libraries"]
