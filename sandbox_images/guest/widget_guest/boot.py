"""What happens once in a sandbox, before the first run: namespaces, network, filter, environment, imports."""

import os
import socket
import sys
import time
from typing import Any

import widget_policy
from widget_guest import anvil_adapter, child, namespaces, network, seccomp, syscalls
from widget_guest.link import Link
from widget_guest.preloading import freeze, preload_always

#: Where bind shows the widget's environment.
OWN_ENVIRONMENT = "/env"
#: Modules that user code may import where its packages have none of that name.
_OFFERED = f"{widget_policy.CODE_FOLDER}/widget_guest/offered"


def boot(config: dict[str, Any]) -> tuple[str, list[socket.socket], Link]:
    """Make the sandbox's namespaces and network, give up what is not needed, import what every run needs."""
    if config["own_namespaces"]:
        namespaces.become_init_of_own_namespaces()
    else:
        namespaces.keep_mounts_to_ourselves()
    egress, handed_out = network.set_up(config["egress"], config["own_namespaces"])
    syscalls.drop_bounding_set()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    syscalls.install_filter(seccomp.boot_filter())
    _set_environment(egress, config["ca_file"])
    _set_path()
    preload_always()
    anvil_adapter.prepare()
    link = child.make_ready()
    child.rehearse(link)
    syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
    freeze()
    return egress, handed_out, link


def _set_environment(egress: str, ca_file: bool) -> None:
    """Make os.environ exactly what a run is granted."""
    page = widget_policy.page("environment")
    granted = {line["name"]: line["value"] for line in page["always"]}
    if ca_file:
        granted.update({line["name"]: line["value"] for line in page["with_ca_file"]})
    if egress == "proxy":
        granted.update(network.proxy_environment())
    os.environ.clear()
    os.environ.update(granted)
    time.tzset()


def _set_path() -> None:
    """Order the places of modules: the widget, the pinned anvil, Python, the widget's packages."""
    ours = widget_policy.CODE_FOLDER
    others = (ours, widget_policy.ANVIL_FOLDER, OWN_ENVIRONMENT, f"{ours}/stand_ins")
    python = [place for place in sys.path if place and place not in others]
    sys.path[:] = ["/work", widget_policy.ANVIL_FOLDER, *python, OWN_ENVIRONMENT, f"{ours}/stand_ins", _OFFERED]
    sys.dont_write_bytecode = True
