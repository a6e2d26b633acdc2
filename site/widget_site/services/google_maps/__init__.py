"""Maps of Google's on the pages of GUIs (G-27): the key of the widget's owner, for pages to load Google's library."""

from collections.abc import Mapping
from typing import Any

from widget_site.services.native import NativeCall, SignerOf, native_service
from widget_site.services.providers import CredentialsOf
from widget_site.services.registry import PREFIX, Service

NAME = "google_maps"


def google_maps_services(credentials_of: CredentialsOf, signer_of: SignerOf) -> Mapping[str, Service]:
    """Return the services by command."""

    async def get_config(call: NativeCall) -> dict[str, Any]:
        """Give the key, None where there is none: a page shows then that it has no map."""
        found = await credentials_of(call.widget_id, NAME)
        return {"key": found["key"] if found else None}

    return {f"{PREFIX}{NAME}.get_config": native_service(get_config, signer_of, for_clients=True)}
