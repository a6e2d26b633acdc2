"""Every setting of the egress proxy (environment, prefix ``WIDGETRY_``)."""

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from widget_egress.caps import Caps
from widget_model.addresses import IPNetwork, Policy

#: The socket on which runners hand over their sandboxes' listeners, inside ``WIDGETRY_RUNTIME``.
SOCKET_NAME = "egress.sock"


def _split(value: object) -> object:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


class EgressSettings(BaseSettings):
    """What the operator decides about the network of sandboxes."""

    model_config = SettingsConfigDict(env_prefix="WIDGETRY_", extra="ignore")

    runtime: Path = Field(description="Folder of the sockets between runner and proxy.")
    runner_uid: int = Field(
        default_factory=os.geteuid, description="The only uid, besides the proxy's own, that may hand over listeners."
    )
    egress_allow: Annotated[tuple[IPNetwork, ...], NoDecode] = Field(
        (), description="CIDRs of private or reserved space that sandboxes may reach."
    )
    egress_deny: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Hosts and CIDRs that no sandbox may reach; site, Redis and database always are among them."
    )
    dns: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Resolvers that sandboxes' names are asked of; empty for those of /etc/resolv.conf."
    )
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people, or JSON.")
    egress_connections: int = Field(Caps.connections, ge=1, description="Open connections of one widget.")
    egress_hour_mb: int = Field(
        Caps.bytes_per_hour // 1_000_000, ge=0, description="MB of one widget in one hour, both ways; 0 for no bound."
    )
    egress_mb_per_s: float = Field(0.0, ge=0, description="MB of one widget per second; 0 for no bound.")
    egress_idle_s: float = Field(900.0, gt=0, description="A connection on which nothing moves for this long is ended.")

    @field_validator("egress_allow", "egress_deny", "dns", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return _split(value)

    @field_validator("ca_file", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("dns")
    @classmethod
    def _check_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            ipaddress.ip_address(item)
        return value

    index_url: str = Field("", description="The package index; empty for the one that uv itself uses.")
    install_max_mb: float = Field(500.0, gt=0, description="MB that one install of packages may download.")
    ca_file: Path | None = Field(None, description="Certificate authorities of the operator.")

    def install_caps(self) -> Caps:
        """Return what one install may use."""
        return Caps(bytes_per_hour=max(1, int(self.install_max_mb * 1_000_000)))

    def caps(self) -> Caps:
        """Return what one widget may use."""
        return Caps(
            connections=self.egress_connections,
            bytes_per_hour=self.egress_hour_mb * 1_000_000,
            bytes_per_s=self.egress_mb_per_s * 1_000_000,
        )

    def policies(self) -> dict[str, Policy]:
        """Return the policies by name; that of installs is made of what the index tells (``index.py``)."""
        run = Policy("run", self.egress_allow, tuple(denied_networks(self.egress_deny)))
        return {run.name: run}

    def denied_hosts(self) -> tuple[str, ...]:
        """Return the denied names, to be resolved again and again."""
        return tuple(host for host in map(_host, self.egress_deny) if _network(host) is None)


def denied_networks(entries: tuple[str, ...]) -> list[IPNetwork]:
    """Return the addresses and CIDRs among ``entries``."""
    return [network for network in map(_network, map(_host, entries)) if network is not None]


def _network(text: str) -> IPNetwork | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _host(entry: str) -> str:
    """Return the entry without a port: ``redis:6379`` -> ``redis``, ``[::1]:80`` -> ``::1``."""
    if entry.startswith("["):
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry
