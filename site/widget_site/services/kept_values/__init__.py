"""``widgetry.store`` of user code (X-04): a widget's values by name, for its own server code alone."""

import json
from collections.abc import Mapping
from typing import Any

from widget_site.errors import ConflictError
from widget_site.services.native import NativeCall, NativeError, SignerOf, native_service
from widget_site.services.registry import PREFIX, Service
from widget_site.store import kept_values
from widget_site.store.store import Store

MAX_NAME, MAX_VALUE_BYTES = 200, 500_000
_NUMBERS = (int, float)


def kept_value_services(store: Store, signer_of: SignerOf) -> Mapping[str, Service]:
    """Return the services by command."""
    values = _Values(store)
    natives = {
        "get": values.get,
        "set": values.set,
        "add": values.add,
        "delete": values.delete,
        "names": values.names,
    }
    return {f"{PREFIX}store.{name}": native_service(native, signer_of) for name, native in natives.items()}


class _Values:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, call: NativeCall) -> list[Any]:
        """Return a list with the value, or an empty one."""
        [name] = call.take(str)
        found = await kept_values.get(self._store, call.widget_id, _checked(name))
        return [] if found is None else [json.loads(found)]

    async def set(self, call: NativeCall) -> None:
        """Keep a value."""
        name, value = call.take(str, object)
        try:
            written = json.dumps(value, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise NativeError("TypeError", f"{name[:50]!r} can't be kept: {error}") from error
        if len(written) > MAX_VALUE_BYTES:
            raise NativeError("ValueError", f"{name[:50]!r} has {len(written):,} bytes; {MAX_VALUE_BYTES:,} are kept.")
        try:
            await kept_values.put(self._store, call.widget_id, _checked(name), written)
        except ConflictError as error:
            raise NativeError("anvil.server.QuotaExceededError", str(error)) from error

    async def add(self, call: NativeCall) -> float:
        """Add to a number and return it."""
        name, by = call.take(str, _NUMBERS)
        # Written so that a NaN is refused, too.
        if isinstance(by, bool) or not abs(by) <= kept_values.MAX_NUMBER:
            raise NativeError("TypeError", "What is added is a number up to 2**63")
        try:
            return await kept_values.add(self._store, call.widget_id, _checked(name), by)
        except TypeError as error:
            raise NativeError("TypeError", str(error)) from error
        except ConflictError as error:
            raise NativeError("anvil.server.QuotaExceededError", str(error)) from error

    async def delete(self, call: NativeCall) -> bool:
        """Forget a value; return whether there was one."""
        [name] = call.take(str)
        return await kept_values.remove(self._store, call.widget_id, _checked(name))

    async def names(self, call: NativeCall) -> list[str]:
        """Return all names."""
        call.take()
        return await kept_values.names(self._store, call.widget_id)


def _checked(name: str) -> str:
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise NativeError("ValueError", f"A name has 1 to {MAX_NAME} characters that can be seen, not {name[:50]!r}")
    return name
