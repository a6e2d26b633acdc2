"""The files written for a sandbox's bounds, on folders that look like the kernel's."""

from pathlib import Path

import pytest

from widget_runner import cgroups


def test_a_setting_names_a_folder_per_controller() -> None:
    assert cgroups.parse_folders("memory=/m/x,pids=/p/x") == {"memory": Path("/m/x"), "pids": Path("/p/x")}
    assert cgroups.parse_folders("") == {}


@pytest.mark.parametrize("setting", ["memory", "memory=relative", "disk=/x"])
def test_a_malformed_setting_is_refused_by_name(setting: str) -> None:
    with pytest.raises(cgroups.CgroupError, match=setting):
        cgroups.parse_folders(setting)


class KernelFolder(type(Path())):  # type: ignore[misc]  # the concrete class of this platform
    """A folder that fills itself like a cgroup when it is made, and goes with its files."""

    def mkdir(self, *args: object, **kwargs: object) -> None:
        super().mkdir()
        for name in ("cgroup.procs", "memory.swap.max", "memory.memsw.limit_in_bytes"):
            (Path(self) / name).write_text("")

    def rmdir(self) -> None:
        for path in Path(self).iterdir():
            path.unlink()
        super().rmdir()


def written(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.read_text()}


def test_version_2_bounds_memory_swap_processes_and_cpu_in_one_folder(tmp_path: Path) -> None:
    tree = cgroups.CgroupTree({"unified": KernelFolder(tmp_path)})
    cgroup = tree.make("w-a", 64, 100, 1.5)
    assert tree.bounds_memory
    assert written(tmp_path / "w-a") == {
        "memory.max": str(64 << 20),
        "memory.swap.max": "0",
        "pids.max": "100",
        "cpu.max": "150000 100000",
    }
    assert (tmp_path / "w-a" / "cgroup.procs").stat().st_mode & 0o777 == 0o664
    (tmp_path / "w-a" / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    assert cgroup.oom_kills() == 2
    assert cgroup.remove_now()
    assert cgroup.oom_kills() == 2, "the count outlives the folder"


async def test_version_2_kills_what_is_left_before_it_removes(tmp_path: Path) -> None:
    class Busy(KernelFolder):
        def rmdir(self) -> None:
            kill = Path(self) / "cgroup.kill"
            if not kill.exists():
                raise OSError(16, "busy")
            assert kill.read_text() == "1"
            super().rmdir()

    cgroup = cgroups.CgroupTree({"unified": Busy(tmp_path)}).make("w-a", 64, 100)
    assert await cgroup.remove()
    assert not (tmp_path / "w-a").exists()


def test_version_1_bounds_each_in_its_own_folder(tmp_path: Path) -> None:
    folders = {}
    for name in ("memory", "pids", "cpu"):
        (tmp_path / name).mkdir()
        folders[name] = KernelFolder(tmp_path / name)
    cgroups.CgroupTree(folders).make("w-a", 64, 100, 2)
    assert written(tmp_path / "memory" / "w-a") == {
        "memory.limit_in_bytes": str(64 << 20),
        "memory.memsw.limit_in_bytes": str(64 << 20),
    }
    assert written(tmp_path / "pids" / "w-a") == {"pids.max": "100"}
    assert written(tmp_path / "cpu" / "w-a") == {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "200000"}


def test_a_cgroup_that_can_not_be_made_leaves_nothing_and_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    tree = cgroups.CgroupTree({"memory": KernelFolder(tmp_path / "memory"), "pids": tmp_path / "missing"})
    with pytest.raises(cgroups.CgroupError, match="missing"):
        tree.make("w-a", 64, 100)
    assert list((tmp_path / "memory").iterdir()) == []


def test_stale_cgroups_are_found_by_their_owner(tmp_path: Path) -> None:
    for name in ("w-me-1", "w-me-2", "w-other-1"):
        (tmp_path / name).mkdir()
    stale = cgroups.CgroupTree({"unified": tmp_path}).stale("w-me-")
    assert [cgroup.folders["unified"].name for cgroup in stale] == ["w-me-1", "w-me-2"]


def test_a_controllers_mount_point_is_read_from_mountinfo() -> None:
    mounts = (
        "30 25 0:26 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory\n"
        "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
        "32 25 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
    )
    assert cgroups.mount_point(mounts, "memory") == Path("/sys/fs/cgroup/memory")
    assert cgroups.mount_point(mounts, "cpu") == Path("/sys/fs/cgroup/cpu,cpuacct")
    assert cgroups.mount_point(mounts, "unified") == Path("/sys/fs/cgroup/unified")
    assert cgroups.mount_point(mounts, "pids") is None
