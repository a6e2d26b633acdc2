"""The runner gets a cgroup subtree of its own, and nothing of it is left behind."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from widget_all_in_one.delegation import Delegation, delegate, remove
from widget_all_in_one.identities import identities

pytestmark = [pytest.mark.root, pytest.mark.skipif(os.geteuid() != 0, reason="needs root: makes cgroups")]


@pytest.fixture
def delegation(tmp_path: Path) -> Iterator[Delegation]:
    made = delegate(tmp_path, identities())
    if not made.folders:
        pytest.skip(f"no cgroups here: {made.note}")
    yield made
    remove(made)


def as_role(role: str, command: list[str]) -> subprocess.CompletedProcess[bytes]:
    who = getattr(identities(), role)
    return subprocess.run(command, user=who.uid, group=who.gid, extra_groups=list(who.groups), capture_output=True)


def test_the_runner_makes_and_bounds_a_cgroup_and_the_launcher_enters_it(delegation: Delegation) -> None:
    folder = delegation.folders.get("memory") or delegation.folders["unified"]
    one = folder / "w-1"
    limit = "memory.max" if "unified" in delegation.folders else "memory.limit_in_bytes"
    script = f"set -e; mkdir {one}; cd {one}; echo 67108864 > {limit}; chgrp 91600 cgroup.procs; chmod g+w cgroup.procs"

    made = as_role("runner", ["sh", "-c", script])
    entered = as_role("sandbox", ["sh", "-c", f"echo 0 > {one}/cgroup.procs && grep -c w-1 /proc/self/cgroup"])

    assert made.returncode == 0, made.stderr
    assert (one / limit).read_text() == "67108864\n"
    if "unified" not in delegation.folders:
        assert entered.stdout == b"1\n", entered.stderr


@pytest.mark.parametrize("role", ["site", "egress", "redis", "sandbox"])
def test_nobody_else_makes_cgroups(delegation: Delegation, role: str) -> None:
    folder = next(iter(delegation.folders.values()))

    assert as_role(role, ["mkdir", str(folder / "w-2")]).returncode != 0


def test_removing_it_ends_what_runs_in_it(delegation: Delegation) -> None:
    folder = next(iter(delegation.folders.values()))
    (folder / "w-3").mkdir()
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        (folder / "w-3" / "cgroup.procs").write_text(str(sleeper.pid))

        remove(delegation)

        assert sleeper.wait(5) == -9
    assert not any(path.exists() for path in (*delegation.folders.values(), delegation.own) if path)


def test_what_a_killed_start_left_is_removed_by_the_next(delegation: Delegation, tmp_path: Path) -> None:
    folder = next(iter(delegation.folders.values()))
    (folder / "w-4").mkdir()

    again = delegate(tmp_path, identities())

    assert again.folders == delegation.folders
    assert not (folder / "w-4").exists()


def test_the_setting_names_every_folder(delegation: Delegation) -> None:
    pairs = dict(part.split("=", 1) for part in delegation.setting.split(","))

    assert pairs == {name: str(path) for name, path in delegation.folders.items()}


def test_our_own_processes_go_before_sandboxes_which_are_equals(delegation: Delegation) -> None:
    if unified := delegation.folders.get("unified"):
        assert (unified / "cpu.weight").read_text() == "20\n"
        return
    cpu = delegation.folders["cpu"]
    assert delegation.own is not None
    script = f"mkdir {cpu}/w-5 && cat {cpu}/w-5/cpu.shares && echo 99999 > {cpu}/cpu.shares"

    raised = as_role("runner", ["sh", "-c", script])

    assert (delegation.own / "cpu.shares").read_text() == "8192\n"
    assert (cpu / "cpu.shares").read_text() == "1024\n"
    assert raised.returncode != 0, "the runner may not raise it"
    assert raised.stdout == b"1024\n", "sandboxes are equals"
    assert as_role("runner", ["sh", "-c", f"echo 0 > {delegation.own}/cgroup.procs"]).returncode != 0
