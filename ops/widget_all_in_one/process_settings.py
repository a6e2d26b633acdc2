"""What each process is told: its own settings and nothing else.

Nothing is inherited from the shell that started us, so a token or a password in it reaches no process that does not
need it; above all the runner, which handles hostile bytes, gets no database address.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from widget_all_in_one.folders import Folders
from widget_all_in_one.options import UpOptions

PREFIX = "WIDGETRY_"
#: Settings of an operator that the runner takes; every other one goes to the site alone, or to the egress proxy.
RUNNER_SETTINGS = frozenset(
    PREFIX + name
    for name in (
        "CALL_TIMEOUT_S",
        "IMAGE",
        "PLACES",
        "POOL",
        "ROUTE_TIMEOUT_S",
        "RUN_MEMORY_MB",
        "SCRIPT_TIMEOUT_S",
        "TASK_TIMEOUT_S",
        "WIDGET_PLACES",
        "WIDGET_QUEUE",
    )
)
EGRESS_SETTINGS = frozenset(
    PREFIX + name
    for name in (
        "CA_FILE",
        "DNS",
        "EGRESS_ALLOW",
        "EGRESS_CONNECTIONS",
        "EGRESS_DENY",
        "EGRESS_HOUR_MB",
        "EGRESS_IDLE_S",
        "EGRESS_MB_PER_S",
    )
)
#: What ``ops/up`` itself reads or sets: an operator's value goes to no process as it is.
OPS_SETTINGS = frozenset(
    PREFIX + name
    for name in ("CGROUP", "DATA", "ENGINE", "LAUNCHER", "PYTHON", "REDIS_URL", "ROOTFS", "RUNNER_UID", "RUNTIME")
)


@dataclass(frozen=True)
class Environments:
    """The environment variables of each process."""

    site: dict[str, str]
    worker: dict[str, str]
    runner: dict[str, str]
    launcher: dict[str, str]
    egress: dict[str, str]


def base_environment() -> dict[str, str]:
    """Return what every process gets: where programs are, UTF-8, no bytecode written, no home."""
    base = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }
    if "TZ" in os.environ:
        base["TZ"] = os.environ["TZ"]
    return base


def environments(
    options: UpOptions,
    folders: Folders,
    redis_urls: Mapping[str, str],
    cgroup: str,
    runner_uid: int,
    rootfs: Path,
    given: Mapping[str, str],
) -> Environments:
    """Return the variables of each process, from what we chose and what the operator gave (``given``)."""
    operators = {name: value for name, value in given.items() if name.startswith(PREFIX)}
    not_sites = RUNNER_SETTINGS | EGRESS_SETTINGS | OPS_SETTINGS
    shared = {"CALL_TIMEOUT_S", "ROUTE_TIMEOUT_S", "SCRIPT_TIMEOUT_S", "TASK_TIMEOUT_S"}
    base = base_environment()
    runtime = {f"{PREFIX}RUNTIME": str(folders.runtime)}
    launcher = {f"{PREFIX}LAUNCHER": str(folders.runtime / "launcher.sock")}
    site = {
        **base,
        f"{PREFIX}DATA": str(folders.site),
        f"{PREFIX}SITE_URL": options.url,
        f"{PREFIX}HOST": options.host,
        f"{PREFIX}PORT": str(options.port),
        f"{PREFIX}WORKERS": str(options.workers),
        **_chosen(operators, lambda name: name not in not_sites or name.removeprefix(PREFIX) in shared),
    }
    return Environments(
        site={**site, f"{PREFIX}REDIS_URL": redis_urls["site"]},
        worker={**site, f"{PREFIX}REDIS_URL": redis_urls["worker"]},
        runner={
            **base,
            **runtime,
            **launcher,
            f"{PREFIX}REDIS_URL": redis_urls["runner"],
            f"{PREFIX}ENGINE": options.engine,
            f"{PREFIX}ROOTFS": str(rootfs),
            f"{PREFIX}CGROUP": cgroup,
            **_chosen(operators, RUNNER_SETTINGS.__contains__),
        },
        launcher={
            **base,
            **runtime,
            **launcher,
            f"{PREFIX}ROOTFS": str(rootfs),
            f"{PREFIX}CGROUP": cgroup,
            f"{PREFIX}RUNNER_UID": str(runner_uid),
        },
        egress={
            **base,
            **runtime,
            f"{PREFIX}RUNNER_UID": str(runner_uid),
            **_chosen(operators, EGRESS_SETTINGS.__contains__),
            # An operator adds hosts to ours, and can't take one of ours away.
            f"{PREFIX}EGRESS_DENY": ",".join(
                [*_private_hosts(options, operators), *filter(None, [operators.get(f"{PREFIX}EGRESS_DENY")])]
            ),
        },
    )


def _chosen(operators: Mapping[str, str], wanted: Callable[[str], bool]) -> dict[str, str]:
    """Return the settings whose name, without the ``_FILE`` of a secret's file form, is wanted."""
    return {name: value for name, value in operators.items() if wanted(name.removesuffix("_FILE")) or wanted(name)}


def _private_hosts(options: UpOptions, operators: Mapping[str, str]) -> list[str]:
    """Return the hosts of our own services, which no sandbox may reach even where a setting opens private ranges."""
    addresses = [options.url, *(operators.get(PREFIX + name, "") for name in ("DATABASE_URL", "REDIS_URL", "SITE_URL"))]
    hosts = {urlsplit(address).hostname for address in addresses if address}
    return sorted(host for host in hosts if host)
