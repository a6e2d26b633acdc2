"""What each process is told: its own settings and nothing else.

Nothing is inherited from the shell that started us, so a token or a password in it reaches no process that does not
need it; above all the runner, which handles hostile bytes, gets no database address.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from widget_all_in_one.delegation import Delegation
from widget_all_in_one.docker_socket import DockerSocket
from widget_all_in_one.folders import Folders
from widget_all_in_one.identities import Identities
from widget_all_in_one.image import Image
from widget_all_in_one.options import UpOptions
from widget_all_in_one.steps import SetupError

PREFIX = "WIDGETRY_"
#: Settings of an operator that the runner takes.
RUNNER_SETTINGS = frozenset(
    PREFIX + name
    for name in (
        "BACKLOG",
        "CALL_TIMEOUT_S",
        "CA_FILE",
        "DOCKER_URL",
        "DRAIN_S",
        "ENVIRONMENTS",
        "GUEST",
        "IMAGE",
        "INSTALLS",
        "INSTALL_MAX_MB",
        "INSTALL_TIMEOUT_S",
        "INSTALL_UNPACKED_MB",
        "KEPT",
        "KEPT_IDLE_S",
        "KEPT_PER_ACCOUNT",
        "LANGUAGE_MEMORY_MB",
        "LANGUAGE_PER_ACCOUNT",
        "LANGUAGE_SESSIONS",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "MEDIA_MAX_MB",
        "MEDIA_ROOM_MB",
        "OUTPUT_KEPT_KB",
        "PAYLOAD_MAX_MB",
        "PLACES",
        "POOL",
        "RESPONSE_MAX_MB",
        "RUN_CPUS",
        "RUN_FILES",
        "RUN_FILES_MB",
        "RUN_FILE_MB",
        "RUN_MEMORY_MB",
        "SANDBOXES",
        "SANDBOX_UID",
        "SCRIPT_TIMEOUT_S",
        "WIDGET_PLACES",
        "WIDGET_QUEUE",
    )
)
#: Settings of an operator that the launcher takes: what every sandbox is shown.
LAUNCHER_SETTINGS = frozenset(PREFIX + name for name in ("CA_FILE", "ENVIRONMENTS", "GUEST", "INSTALL_UNPACKED_MB"))
#: Settings of an operator that the egress proxy takes.
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
        "INDEX_URL",
        "INSTALL_MAX_MB",
        "LOG_FORMAT",
    )
)
#: Settings that the site shares with the runner.
SHARED_SETTINGS = frozenset(
    PREFIX + name
    for name in (
        "CALL_TIMEOUT_S",
        "CA_FILE",
        "LOG_FORMAT",
        "LOG_LEVEL",
        "MEDIA_MAX_MB",
        "MEDIA_ROOM_MB",
        "OUTPUT_KEPT_KB",
        "PAYLOAD_MAX_MB",
        "SCRIPT_TIMEOUT_S",
    )
)
#: What ``ops/up`` itself reads or sets: an operator's value goes to no process as it is.
OPS_SETTINGS = frozenset(
    PREFIX + name
    for name in (
        "CGROUP",
        "DATA",
        "ENGINE",
        "HOST",
        "LAUNCHER",
        "OWNER",
        "PORT",
        "PYTHON",
        "PYTHON310",
        "REDIS_URL",
        "ROOTFS",
        "RUNNER_UID",
        "RUNTIME",
        "SPOOL",
        # The client's, in the shell of somebody who uses both.
        "SITE",
        "TOKEN",
        "WORKERS",
    )
)


@dataclass(frozen=True)
class Environments:
    """The environment variables of each process."""

    site: dict[str, str]
    worker: dict[str, str]
    runner: dict[str, str]
    launcher: dict[str, str]
    egress: dict[str, str]
    #: None where no mail is received.
    mail: dict[str, str] | None


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
    delegation: Delegation,
    who: Identities,
    image: Image,
    docker: DockerSocket | None,
    given: Mapping[str, str],
) -> Environments:
    """Return the variables of each process, from what we chose and what the operator gave (``given``)."""
    operators = {name: value for name, value in given.items() if name.startswith(PREFIX)}
    base = base_environment()
    sandboxes = {
        **base,
        **_named(
            RUNTIME=folders.runtime,
            LAUNCHER=folders.runtime / "launcher.sock",
            ROOTFS=image.rootfs,
            CGROUP=delegation.setting,
            ENVIRONMENTS=folders.environments,
        ),
    }
    runner = {
        **sandboxes,
        **_named(REDIS_URL=redis_urls["runner"], ENGINE=options.engine, OWNER=delegation.name, SPOOL=folders.spool),
        **(_named(IMAGE=image.docker_name) if image.docker_name else {}),
        **(_named(DOCKER_URL=f"unix://{docker.path}") if docker else {}),
        **_chosen(operators, RUNNER_SETTINGS),
    }
    launcher = {
        **sandboxes,
        **_named(RUNNER_UID=who.runner.uid),
        **_chosen(operators, LAUNCHER_SETTINGS),
    }
    egress = {
        **base,
        **_chosen(operators, EGRESS_SETTINGS),
        **_named(
            RUNTIME=folders.runtime,
            RUNNER_UID=who.runner.uid,
            EGRESS_DENY=",".join(_private_hosts(options, operators)),
        ),
    }
    site = _site(options, folders, redis_urls["site"], operators)
    return Environments(
        site=site,
        worker=_site(options, folders, redis_urls["worker"], operators),
        runner=runner,
        launcher=launcher,
        egress=egress,
        mail=site if mail_address(operators)[1] else None,
    )


def mail_address(given: Mapping[str, str]) -> tuple[str, int]:
    """Return where mail is received by an operator's settings; port 0 for nowhere."""
    port = given.get(PREFIX + "MAIL_PORT") or "0"
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise SetupError(f"WIDGETRY_MAIL_PORT must be a port, or 0 for none; it is {port!r}")
    return given.get(PREFIX + "MAIL_HOST") or "127.0.0.1", int(port)


def _site(options: UpOptions, folders: Folders, redis_url: str, operators: Mapping[str, str]) -> dict[str, str]:
    others = (RUNNER_SETTINGS | EGRESS_SETTINGS | OPS_SETTINGS) - SHARED_SETTINGS
    wanted = {name for name in operators if name.removesuffix("_FILE") not in others and name not in others}
    return {
        **base_environment(),
        **_named(SITE_URL=options.url),
        **{name: operators[name] for name in wanted},
        **_named(DATA=folders.site, REDIS_URL=redis_url, HOST=options.host, PORT=options.port, WORKERS=options.workers),
    }


def _named(**values: object) -> dict[str, str]:
    return {PREFIX + name: str(value) for name, value in values.items()}


def _chosen(operators: Mapping[str, str], wanted: frozenset[str]) -> dict[str, str]:
    """Return the operator's settings among ``wanted``, also in the file form of a secret (``..._FILE``)."""
    return {name: value for name, value in operators.items() if name in wanted or name.removesuffix("_FILE") in wanted}


def _private_hosts(options: UpOptions, operators: Mapping[str, str]) -> list[str]:
    """Return the hosts of our own services, which no sandbox may reach even where a setting opens private ranges."""
    addresses = [options.url, *(operators.get(PREFIX + name, "") for name in ("DATABASE_URL", "REDIS_URL", "SITE_URL"))]
    hosts = {urlsplit(address).hostname for address in addresses if address}
    asked = operators.get(PREFIX + "EGRESS_DENY", "").split(",")
    return sorted({host for host in hosts if host} | {host.strip() for host in asked if host.strip()})
