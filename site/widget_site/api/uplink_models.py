"""The bodies of the JSON API about uplinks: keys, and who is connected."""

from typing import Literal

from pydantic import BaseModel, Field

from widget_site.api.models import Body, Time

Kind = Literal["server", "client"]


class NewUplinkKey(Body):
    """A new key for uplinks."""

    kind: Kind = Field(description="server: registers functions and is trusted as the widget's code is; client: calls.")


class UplinkKeyShown(BaseModel):
    """A key for uplinks, without its secret."""

    id: str
    kind: Kind
    created_at: Time


class UplinkKeyMade(UplinkKeyShown):
    """A new key; it is shown this once."""

    key: str
    url: str = Field(description="What `anvil.server.connect` is given as its url.")


class UplinkShown(BaseModel):
    """A connected uplink."""

    id: str
    kind: Kind
    key_id: str
    since: Time
    address: str = Field(description="Where it connects from.")
    names: list[str] = Field(description="What it has registered.")
    draining: bool = Field(description="It finishes what it has and takes no new calls.")


class UplinksShown(BaseModel):
    """The keys of a widget's uplinks, and who is connected."""

    keys: list[UplinkKeyShown]
    connected: list[UplinkShown]
