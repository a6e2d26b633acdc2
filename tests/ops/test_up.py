"""``ops/up``: the whole product by one command, each process kept apart, alive, and gone at the end."""

import hashlib
import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import docker
import pytest
from tests.fixtures import processes
from tests.fixtures.dockerd import IMAGE
from tests.fixtures.stack import ROOT, Stack, descendants, free_port, parent_of, start_stack

from widget_all_in_one.process_settings import RUNNER_SETTINGS

NAMES = ["redis", "egress", "launcher", "runner", "worker", "site", "mail"]
HELLO = """
import anvil.server

@anvil.server.route("/hello/:name")
def hello(name, times=1):
    return {"greeting": f"Hello {name}! " * int(times)}
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: switches users")


def start_command() -> list[str]:
    return [sys.executable, "-m", "widget_all_in_one", "up", "--engine", "local"]


def environ_of(pid: int) -> dict[str, str]:
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    # Redis writes its title over its environment; what is left of it has no "=".
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def uid_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid if pid else -1


def refused(uid: int, path: Path) -> bool:
    """Whether this user can't read a file (or a folder)."""
    done = subprocess.run(["/bin/cat", path], user=uid, group=uid, extra_groups=[91600], capture_output=True)
    return b"Permission denied" in done.stderr


def test_a_newcomer_makes_an_api_and_calls_it(stack: Stack) -> None:
    widget = stack.sign_up().make("api", HELLO)

    answer = stack.widget(widget["slug"], "/hello/Ada?times=2")

    assert (answer.status, answer.json) == (200, {"greeting": "Hello Ada! Hello Ada! "})
    assert widget["url"] == f"http://{widget['slug']}.localhost:{stack.port}"


def test_a_newcomer_runs_a_script_and_a_second_one_forks_it(stack: Stack) -> None:
    owner, other = stack.sign_up(), stack.sign_up()
    widget = owner.make("script", "import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint(6 * 7)")

    run, events = owner.run(widget["slug"])
    by_another = other.call("POST", f"/widgets/{widget['slug']}/runs", {})
    fork = other.call("POST", f"/widgets/{widget['slug']}/fork")

    assert run["outcome"] == "ok"
    assert "".join(event["text"] for event in events if event["kind"] in ("stdout", "stderr")) == "out\nerr\n42\n"
    assert by_another.status == 403
    assert fork.status == 201
    forked_run, _ = other.run(fork.json["slug"])
    assert (fork.json["forked_from"], forked_run["outcome"]) == (widget["slug"], "ok")


def test_every_process_runs(stack: Stack) -> None:
    assert sorted(stack.pids()) == sorted(NAMES)


@as_root
@pytest.mark.root
def test_each_runs_as_its_own_user(stack: Stack) -> None:
    users = {name: uid_of(pid) for name, pid in stack.pids().items()}

    assert users == {
        "redis": 91604,
        "egress": 91603,
        "launcher": 91605,
        "runner": 91602,
        "worker": 91601,
        "site": 91601,
        "mail": 91601,
    }


@as_root
@pytest.mark.root
@pytest.mark.parametrize("uid", [91602, 91603, 91604, 91605])
def test_no_other_user_reads_the_sites_data_or_settings(stack: Stack, uid: int) -> None:
    site = stack.pids()["site"]

    assert (stack.data / "site").stat().st_mode & 0o777 == 0o700
    assert refused(uid, stack.data / "site" / "widgetry.sqlite")
    assert refused(uid, Path(f"/proc/{site}/environ"))
    assert refused(uid, stack.data / "logs" / "site.log")


def test_the_environment_of_each_process_holds_its_own_settings_alone(stack: Stack) -> None:
    told = {name: environ_of(pid) for name, pid in stack.pids().items()}
    ours = {name: {key for key in env if key.startswith("WIDGETRY_")} for name, env in told.items()}

    assert ours["redis"] == set()
    assert {"WIDGETRY_DATA", "WIDGETRY_REDIS_URL"} <= ours["site"] == ours["worker"] == ours["mail"]
    for name in ("runner", "launcher", "egress"):
        assert not ours[name] & {"WIDGETRY_DATA", "WIDGETRY_DATABASE_URL", "WIDGETRY_SITE_URL"}, name
    assert "WIDGETRY_REDIS_URL" not in ours["launcher"] | ours["egress"]
    made = {"RUNTIME", "LAUNCHER", "ROOTFS", "CGROUP", "REDIS_URL", "ENGINE", "OWNER", "SPOOL"}
    assert ours["runner"] <= {f"WIDGETRY_{name}" for name in made} | RUNNER_SETTINGS
    assert "PYTEST_CURRENT_TEST" not in set().union(*told.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_killed_process_comes_back_and_the_site_with_it(stack: Stack, name: str) -> None:
    owner = stack.sign_up()
    widget = owner.make("api", HELLO)
    stack.widget(widget["slug"], "/hello/before")
    killed = stack.pids()[name]

    os.kill(killed, signal.SIGKILL)
    processes.wait_until(lambda: stack.pids().get(name, killed) != killed, f"a new {name}", 20, stack.output)
    processes.wait_until(
        lambda: stack.is_healthy() and stack.widget(widget["slug"], "/hello/after").status == 200, "calls", 30
    )
    run, _ = owner.run(owner.make("script", "print('alive')")["slug"])

    assert run["outcome"] == "ok", run
    assert f"{name} ended (signal SIGKILL); starting it again" in stack.said()
    assert owner.call("GET", "/me").status == 200


def left_of(stack: Stack) -> list[str]:
    """What a stopped product left outside its data folder: mounts, cgroups, files, listeners."""
    cgroups = [str(folder) for folder in delegation_folders(stack.data) if folder.exists()]
    mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(stack.data.parent) in line]
    files = [str(path) for path in stack.data.parent.iterdir() if path not in (stack.data, stack.output)]
    sockets = [str(path) for path in stack.data.rglob("*") if path.is_socket()]
    return [*cgroups, *mounts, *files, *sockets]


def delegation_folders(data: Path) -> list[Path]:
    name = "widgetry-" + hashlib.sha256(os.fsencode(data)).hexdigest()[:12]
    names = (name, f"{name}-own")
    tops = Path("/sys/fs/cgroup").glob("*")
    return [path for top in tops for one in names for path in (top / one, *top.glob(f"*/*/{one}"))]


def test_ctrl_c_leaves_no_process_no_mount_no_cgroup_and_no_file(own_stack: Stack) -> None:
    widget = own_stack.sign_up().make("api", HELLO)
    assert own_stack.widget(widget["slug"], "/hello/x").status == 200
    everybody = descendants(own_stack.process.pid)
    assert len(everybody) > len(NAMES)

    status = own_stack.stop(signal.SIGINT)

    assert status == 0
    assert [pid for pid in everybody if Path(f"/proc/{pid}").exists()] == []
    assert left_of(own_stack) == []
    assert sorted(path.name for path in own_stack.data.iterdir()) == [
        "environments",
        "image",
        "lock",
        "logs",
        "redis",
        "site",
        "spool",
    ]


def test_what_was_made_is_there_after_a_restart(own_stack: Stack, rootfs: Path) -> None:
    owner = own_stack.sign_up("keeper")
    widget = owner.make("api", HELLO)
    own_stack.stop()

    begun = time.monotonic()
    again = start_stack(own_stack.data, rootfs)
    seconds = time.monotonic() - begun
    try:
        answer = again.widget(widget["slug"], "/hello/again")
        me = again.api("GET", "/me", token=owner.token)
    finally:
        again.stop()

    print(f"a second start took {seconds:.1f} s")
    assert answer.json == {"greeting": "Hello again! "}
    assert me.json["username"] == "keeper"
    assert "This link signs you in" not in again.said().rpartition("Stopping")[2]


def test_when_it_is_killed_itself_everything_ends_and_the_next_start_works(own_stack: Stack, rootfs: Path) -> None:
    widget = own_stack.sign_up().make("api", HELLO)
    everybody = descendants(own_stack.process.pid)

    own_stack.process.kill()
    processes.wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in everybody), "the end of all", 10)
    again = start_stack(own_stack.data, rootfs)
    answer = again.widget(widget["slug"], "/hello/again")
    again.stop()

    assert answer.status == 200
    assert left_of(again) == []


def test_a_second_start_on_the_same_folder_or_port_is_refused_in_words(stack: Stack) -> None:
    def up(port: int, data: Path) -> subprocess.CompletedProcess[str]:
        command = [*stack.command[:4], "--port", str(port), "--data", str(data)]
        return subprocess.run(command, env=stack.env, capture_output=True, text=True, timeout=30)

    same_port = up(stack.port, stack.data.with_name("other"))
    same_folder = up(stack.port + 1 if stack.port < 65535 else 1024, stack.data)

    assert same_port.returncode == same_folder.returncode == 1
    assert "give another with --port" in same_port.stdout
    assert f"another ops/up serves from {stack.data}" in same_folder.stdout
    assert stack.is_healthy()


def test_a_postgres_and_a_redis_of_ones_own_are_used(
    short_folder: Path, rootfs: Path, postgres_url: str, redis_url: str
) -> None:
    running = start_stack(
        short_folder / "data", rootfs, WIDGETRY_DATABASE_URL=postgres_url, WIDGETRY_REDIS_URL=redis_url
    )
    try:
        widget = running.sign_up().make("api", HELLO)
        answer = running.widget(widget["slug"], "/hello/Postgres")
        names = sorted(running.pids())
    finally:
        running.stop()

    assert answer.json == {"greeting": "Hello Postgres! "}
    assert "redis" not in names
    assert not (short_folder / "data/site/widgetry.sqlite").exists()


@pytest.mark.docker
@as_root
def test_sandboxes_are_containers_when_docker_is_asked_for(short_folder: Path, rootfs: Path, dockerd: str) -> None:
    command = [*start_command()[:-1], "docker"]
    running = start_stack(short_folder / "data", rootfs, command, DOCKER_HOST=dockerd, WIDGETRY_IMAGE=IMAGE)
    client = docker.APIClient(base_url=dockerd, timeout=60)
    try:
        owner = running.sign_up()
        widget = owner.make("api", HELLO)
        answer = running.widget(widget["slug"], "/hello/Docker")
        run, events = owner.run(owner.make("script", "import os\nprint(os.getuid())")["slug"], timeout_s=60)
        containers = len(client.containers())
        sizes = [container_mb(client, container["Id"]) for container in client.containers()]
        site = Path(f"/proc/{running.pids()['site']}/status").read_text()
        runner = Path(f"/proc/{running.pids()['runner']}/status").read_text()
    finally:
        running.stop()
        left = client.containers(all=True)
        client.close()

    print("PSS in MB of each container with its shim:", [round(size, 1) for size in sizes])
    assert answer.json == {"greeting": "Hello Docker! "}
    assert run["outcome"] == "ok", events
    assert [event["text"] for event in events if event["kind"] == "stdout"] != ["0\n"]
    assert containers > 0
    assert "\nUid:\t91602\t91602\t91602\t91602\n" in runner
    assert str(Path(dockerd.removeprefix("unix://")).stat().st_gid) in groups_of(runner)
    assert left == []
    assert groups_of(site) == []


def groups_of(status: str) -> list[str]:
    (line,) = [line for line in status.splitlines() if line.startswith("Groups:")]
    return line.split()[1:]


def container_mb(client: docker.APIClient, container: str) -> float:
    """The memory of a container's processes and of the shim above them, shared pages by share."""
    first = client.inspect_container(container)["State"]["Pid"]
    pids = [parent_of(first), first, *descendants(first)]
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@pytest.mark.docker
@as_root
def test_the_image_is_imported_into_docker_once(monkeypatch: pytest.MonkeyPatch, rootfs: Path, dockerd: str) -> None:
    monkeypatch.syspath_prepend(ROOT / "sandbox_images")  # a program, not a package
    build = importlib.import_module("build")
    client: Any = docker.APIClient(base_url=dockerd, timeout=60)
    try:
        build.import_into_docker(dockerd, rootfs, "test-import")
        build.import_into_docker(dockerd, rootfs, "test-import")
        (image,) = client.images(name=f"{build.REPOSITORY}:test-import")
        config = client.inspect_image(image["Id"])["Config"]
        client.remove_image(image["Id"], force=True)
    finally:
        client.close()

    assert image["RepoTags"] == [f"{build.REPOSITORY}:test-import"]
    assert config["User"]


def test_docker_that_is_asked_for_and_not_there_is_said(short_folder: Path, rootfs: Path) -> None:
    command = [*start_command()[:-1], "docker", "--port", str(free_port()), "--data", str(short_folder / "data")]
    env = {**os.environ, "DOCKER_HOST": f"unix://{short_folder}/none.sock"}

    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30)

    assert done.returncode == 1
    assert "no Docker engine answers" in done.stdout
    assert "--engine local" in done.stdout


def test_several_site_processes_share_the_port(short_folder: Path, rootfs: Path) -> None:
    running = start_stack(
        short_folder / "data",
        rootfs,
        [*start_command(), "--workers", "2"],
    )
    try:
        owner = running.sign_up()
        widget = owner.make("api", HELLO)
        first = [running.widget(widget["slug"], "/hello/x").status for _ in range(8)]
        owner.call("PUT", f"/widgets/{widget['slug']}/files", {"files": {"main.py": HELLO.replace("Hello", "Bye")}})
        after = {running.widget(widget["slug"], "/hello/x").text for _ in range(8)}
    finally:
        running.stop()

    assert first == [200] * 8
    assert after == {'{"greeting":"Bye x! "}'}


@pytest.mark.timeout(400)
def test_a_fresh_clone_in_a_closed_home_starts_with_the_one_command(short_folder: Path, rootfs: Path) -> None:
    home = short_folder / "home"
    home.mkdir(mode=0o700)
    subprocess.run(["git", "clone", "-q", ROOT, home / "widgetry"], check=True)

    running = start_stack(
        home / "widgetry" / "data", rootfs, [str(home / "widgetry" / "ops" / "up"), "--engine", "local"]
    )
    try:
        widget = running.sign_up().make("api", HELLO)
        answer = running.widget(widget["slug"], "/hello/clone")
    finally:
        status = running.stop()

    assert answer.json == {"greeting": "Hello clone! "}
    assert status == 0
    assert running.said().count("Widgetry is ready at") == 1
    assert "This link signs you in as its owner, once: http://localhost:" in running.said()


def test_help_lists_the_options_of_the_contract() -> None:
    said = subprocess.run([*start_command()[:4], "--help"], capture_output=True, text=True, check=True).stdout

    for option in ("--host", "--port", "--data DIR", "--engine {auto,docker,local}", "--workers N"):
        assert option in said
