"""Attacks first succeed outside a sandbox, as an ordinary account of this machine, bounded so that nothing suffers."""

import asyncio
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.attacks.outside import Outside, find_python
from tests.fixtures import processes
from tests.fixtures.engines import CONTROL_UID, SANDBOX_UID

from widget_runner import cgroups


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Positive controls need accounts and cgroups of their own."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="attacks need root for their positive controls"))


@pytest.fixture
async def outside(rootfs: Path, cgroup_setting: str) -> "asyncio.AsyncIterator[Outside]":  # type: ignore[name-defined]
    """Runs an attack without a sandbox: at most 200 processes and 768 MB, all of them killed afterwards."""
    assert cgroup_setting, "this machine has no cgroup controllers to bound the positive controls with"
    cgroup = cgroups.CgroupTree(cgroups.parse_folders(cgroup_setting)).make(
        f"w-outside-{secrets.token_hex(4)}", memory_mb=768, pids=200
    )
    yield Outside(find_python(rootfs), cgroup)
    assert await cgroup.remove(), "the positive control left processes"


Decoy = Callable[[int], subprocess.Popen[bytes]]


@pytest.fixture
def decoy() -> Iterator[Decoy]:
    """Starts a process of the machine that an attack may try to see, read or kill; its environment holds a secret."""
    started: list[subprocess.Popen[bytes]] = []

    def start(uid: int) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            ["/bin/sleep", "300"],
            env={"DECOY_SECRET": "decoy-secret-in-environ"},
            user=uid,
            group=uid,
            extra_groups=[],
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        processes.stop(process)


@pytest.fixture
def decoys(decoy: Decoy) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    """A process of the account that attacks outside, and one of the account that sandboxes have."""
    return decoy(CONTROL_UID), decoy(SANDBOX_UID)
