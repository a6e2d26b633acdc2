"""``anvil.app`` of user code (S-23): what the widget is called as a package, its configuration, its assets."""

import mimetypes
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from widget_model.anvil_app import asset_path
from widget_model.files import FileContent, content_bytes
from widget_site.services.native import NativeCall, SignerOf, native_service
from widget_site.services.registry import PREFIX, Service
from widget_site.store import trees
from widget_site.store.store import Store
from widget_site.store.values import WidgetSnapshot
from widget_wire.values import Media

#: Returns the widget of a name as it is now.
SnapshotOf = Callable[[str], Awaitable[WidgetSnapshot | None]]


def app_services(store: Store, snapshot_of: SnapshotOf, signer_of: SignerOf) -> Mapping[str, Service]:
    """Return the services by command."""

    async def config(call: NativeCall) -> dict[str, Any]:
        """Give the configuration of the widget; nothing is set for widgets of ours."""
        package = call.source.slug.replace("-", "_")
        return {"package_name": package, "config": {"client": {}, "server": {}}, "dependency_code": {}}

    async def asset(call: NativeCall) -> Media | None:
        """Give a file of ``theme/assets/``; None for none, which the library raises as ValueError."""
        [path] = call.take(str)
        widget = await snapshot_of(call.source.slug)
        if widget is None or widget.widget_id != call.widget_id:
            return None
        content = await _first(store, (widget.code, *widget.libraries.values()), asset_path(path))
        if content is None:
            return None
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return Media(kind, content_bytes(path, content), path.rpartition("/")[2])

    return {
        f"{PREFIX}get_dep_client_config": native_service(config, signer_of, for_clients=True),
        f"{PREFIX}get_dep_server_config": native_service(config, signer_of),
        f"{PREFIX}get_app_asset": native_service(asset, signer_of),
    }


async def _first(store: Store, codes: Iterable[str], path: str) -> FileContent | None:
    """Return the file of the first tree that has one there."""
    for code in codes:
        content = (await trees.files_of(store, code)).get(path)
        if content is not None:
            return content
    return None
