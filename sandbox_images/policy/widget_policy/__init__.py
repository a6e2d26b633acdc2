"""The sandbox policy: what a run may see, use and ask of the kernel, as data with a reason for each line.

Read the ``*.json`` files beside this one; each is a page. Two sides use them through the functions here: the engines
(``bwrap_command``, ``docker_host_config``, ``guest_config``) and our code inside the image (``denied_calls``,
``call_number``, ``child_limits``). Standard library only; runs on CPython 3.10.

For development an engine may show the checkout's own guest code in place of the image's copy, so that an edit needs no
new image: pass ``**checkout_folders(root)`` to ``bwrap_command``, or ``checkout_binds(root)`` to ``docker_host_config``
(the engines do so when ``WIDGETRY_GUEST`` names the root of a checkout).
"""

import json
import platform
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

#: Our code inside the image; a folder of packages.
CODE_FOLDER = "/opt/sbx"
#: The pinned anvil library inside the image.
ANVIL_FOLDER = "/opt/anvil"
#: What an engine starts inside the sandbox; its one argument comes as the environment variable CONFIG_VARIABLE.
COMMAND = ("/usr/local/bin/python3.10", "-B", "-s", "/opt/sbx/widget_guest/__main__.py")
CONFIG_VARIABLE = "SBX_CONFIG"
#: Likewise for the throw-away sandbox of an install, and where it finds the installer.
INSTALL_COMMAND = ("/usr/local/bin/python3.10", "-B", "-s", "/opt/sbx/widget_guest/installing.py")
UV = "/run/sbx/uv"
#: Likewise for the sandbox of an editor's language tools.
LANGUAGE_COMMAND = ("/usr/local/bin/python3.10", "-B", "-s", "/opt/sbx/widget_guest/language.py")
RUFF = "/run/sbx/ruff"
PYREFLY = "/run/sbx/pyrefly"
#: Where a Docker sandbox finds the runner's control socket (a folder bound read-only).
CONTROL_FOLDER = "/run/sbx"
#: The account of a run inside its sandbox, and of the whole container under Docker.
RUN_UID = 1000

_FOLDER = Path(__file__).parent


class PolicyError(Exception):
    """The policy says nothing for this machine; the text names what is missing."""


@cache
def page(name: str) -> dict[str, Any]:
    """Return one page of the policy (``limits``, ``mounts``, ...) as it was written."""
    content: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return content


def denied_calls(stage: str) -> list[str]:
    """Return the names refused at ``stage``: "boot" (from the supervisor on) or "child" (in addition, per run)."""
    return [name for group in page(f"deny_{stage}")["calls"] for name in group["names"]]


def call_numbers(machine: str = "") -> dict[str, int]:
    """Return the numbers of the system calls that the filters name; PolicyError for an unknown architecture."""
    machine = machine or platform.machine()
    numbers: dict[str, dict[str, int]] = page("numbers")["numbers"]
    if machine not in numbers:
        raise PolicyError(f"No system call numbers for {machine!r}; there are {', '.join(sorted(numbers))}.")
    return numbers[machine]


def child_limits(memory_cgroup: bool) -> list[tuple[str, int, int]]:
    """Return (name of RLIMIT_, soft, hard) of each bound of a run; -1 is unlimited.

    ``memory_cgroup``: whether a cgroup bounds the whole sandbox's memory, so that no address space limit is needed.
    """
    bounds = []
    for line in page("limits")["child"]:
        value = line["value"]
        if value is None and not memory_cgroup:
            value = line.get("without_cgroup")
        if value is not None:
            hard = line.get("hard", value)
            bounds.append((line["name"], value, -1 if hard is None else hard))
    return bounds


def tmpfs_mb() -> int:
    """Return how many MB a run may write, all its writable places together."""
    return int(page("limits")["tmpfs_mb"]["value"])


def preload_allowed() -> frozenset[str]:
    """Return the modules that a supervisor may be told to import at ``bind``."""
    return frozenset(page("preload")["on_demand"]["modules"])


def guest_config(
    control: int | str,
    *,
    own_namespaces: bool,
    memory_cgroup: bool,
    egress: str = "transparent",
    ca_file: bool = False,
) -> str:
    """Return the text for CONFIG_VARIABLE.

    ``control``: the inherited descriptor, or the path of the socket inside the sandbox. ``own_namespaces``: the
    supervisor makes the user, mount, pid and network namespaces itself (Docker), or was started in them (bwrap).
    ``egress``: the most that is tried, "transparent", "proxy" or "none". ``ca_file``: WIDGETRY_CA_FILE is mounted.
    """
    return json.dumps(
        {
            "control": control,
            "own_namespaces": own_namespaces,
            "memory_cgroup": memory_cgroup,
            "egress": egress,
            "ca_file": ca_file,
        }
    )


def checkout_folders(root: str) -> dict[str, str]:
    """Return the folders of a checkout that stand in for the image's copies of our code."""
    return {
        "guest": f"{root}/sandbox_images/guest/widget_guest",
        "wire": f"{root}/widgets/widget_wire",
        "policy": f"{root}/sandbox_images/policy/widget_policy",
    }


def checkout_binds(root: str) -> list[str]:
    """Return the same folders as Docker binds."""
    return [f"{source}:{CODE_FOLDER}/widget_{name}:ro" for name, source in checkout_folders(root).items()]


def bwrap_command(
    config: str,
    *,
    rootfs: str,
    guest: str = "",
    wire: str = "",
    policy: str = "",
    envs: str = "",
    ca_file: str = "",
) -> list[str]:
    """Return the whole command line of a bwrap sandbox; ``config`` is what ``guest_config`` made.

    Start it from a thread that lives as long as the sandbox (--die-with-parent follows the thread), under an ordinary
    uid (for root the kernel ignores RLIMIT_NPROC), with the control descriptor inheritable.
    """
    return _bwrap("arguments", "sandbox", locals(), config, COMMAND)


def bwrap_install_command(
    config: str,
    *,
    rootfs: str,
    uv: str,
    scratch_bytes: str,
    guest: str = "",
    wire: str = "",
    policy: str = "",
    ca_file: str = "",
) -> list[str]:
    """Return the whole command line of an install's sandbox: one job, then gone (spec/sandbox.md 10)."""
    return _bwrap("install", "install", locals(), config, INSTALL_COMMAND)


def bwrap_language_command(
    config: str,
    *,
    rootfs: str,
    ruff: str,
    pyrefly: str,
    environment: str = "",
    guest: str = "",
    wire: str = "",
    policy: str = "",
) -> list[str]:
    """Return the whole command line of the sandbox of one editor's language tools; ``environment``: its packages."""
    return _bwrap("language", "language", locals(), config, LANGUAGE_COMMAND)


def _bwrap(arguments: str, mounts: str, sources: dict[str, str], config: str, program: Sequence[str]) -> list[str]:
    """Return a bwrap command line that ends in ``program``; a mount whose source is not given is left out."""
    command = ["bwrap"]
    for line in page("bwrap")[arguments]:
        command += line["arguments"]
    for line in page("mounts")[mounts]:
        wanted = [part[1:-1] for part in line["arguments"] if part.startswith("{")]
        if all(sources[name] for name in wanted):
            command += [sources[part[1:-1]] if part.startswith("{") else part for part in line["arguments"]]
    return [*command, "--setenv", CONFIG_VARIABLE, config, "--", *program]


def docker_host_config(
    *, memory_mb: int, pids: int, binds: list[str], apparmor: str = "", machine: str = ""
) -> dict[str, Any]:
    """Return the HostConfig of a Docker sandbox, in the spelling of Docker's HTTP API.

    ``binds`` holds the control folder (``<dir>:/run/sbx:ro``), the environment store (``<dir>:/envs:ro``) and what
    else is to be seen. The container's User is ``RUN_UID:RUN_UID``, its Cmd ``COMMAND``.
    """
    config = {line["name"]: line["value"] for line in page("docker")["host_config"]}
    config["Memory"] = config["MemorySwap"] = memory_mb << 20
    config["PidsLimit"] = pids
    config["ShmSize"] = page("limits")["sandbox"]["shm_mb"]["value"] << 20
    config["Binds"] = binds
    options = [*config["SecurityOpt"], f"seccomp={docker_seccomp(machine)}"]
    config["SecurityOpt"] = options + ([f"apparmor={apparmor}"] if apparmor else [])
    return config


def docker_seccomp(machine: str = "") -> str:
    """Return Docker's seccomp profile as JSON text: our allow-list, clone without namespaces, clone3 not there."""
    machine = machine or platform.machine()
    call_numbers(machine)
    architecture = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}[machine]
    allowed = [name for group in page("docker_allow")["calls"] for name in group["names"]]
    no_namespaces = {"index": 0, "value": CLONE_NEW_ANY, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}
    return json.dumps(
        {
            "defaultAction": "SCMP_ACT_ERRNO",
            "defaultErrnoRet": 1,
            "architectures": [architecture],
            "syscalls": [
                {"names": allowed, "action": "SCMP_ACT_ALLOW"},
                {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [no_namespaces]},
                # ENOSYS, not EPERM: only then does libc fall back to clone, whose flags a filter can read.
                {"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
            ],
        }
    )


#: Every CLONE_NEW* flag that clone takes.
CLONE_NEW_ANY = 0x7E020000
