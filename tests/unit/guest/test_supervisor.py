"""The supervisor in a real sandbox: made ahead or not, bound or not, each run has a fresh child."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.guest.harness import call, send, start
from tests.unit.guest.sandboxes import Supervisor, start_sandbox

import widget_policy


@pytest.fixture(params=[True, False], ids=["ahead", "fork"])
def supervisor(rootfs: Path, checkout: Path, request: pytest.FixtureRequest) -> Iterator[Supervisor]:
    with start_sandbox(rootfs, checkout) as started:
        started.ahead = request.param
        yield started


def test_it_says_what_it_is_and_hands_out_its_listeners(supervisor: Supervisor) -> None:
    assert supervisor.ready["ev"] == "ready"
    assert supervisor.ready["mode"] == "userns"
    assert supervisor.ready["egress"] == "transparent"
    assert len(supervisor.handed_out) == 2


def test_each_run_is_the_first_process_of_a_fresh_pid_namespace(supervisor: Supervisor) -> None:
    tell = "import os\nprint(os.getpid(), [p for p in os.listdir('/proc') if p.isdigit()], os.fork() and os.wait()[0])"

    seen = [supervisor.run([start("script", {"main.py": tell})]).output("stdout").splitlines()[-1] for _ in range(3)]

    # The first process that each starts is the second there ever was.
    assert seen == ["1 ['1'] 2"] * 3


def test_runs_in_a_row_have_pid_namespaces_of_different_numbers(supervisor: Supervisor) -> None:
    tell = start("script", {"main.py": "import os\nprint(os.readlink('/proc/self/ns/pid'))"})

    assert len({supervisor.run([tell]).output("stdout") for _ in range(10)}) == 10


def test_a_gui_finds_nothing_of_the_rehearsal_that_its_child_had(supervisor: Supervisor) -> None:
    code = """
import os, sys
import anvil.server
from anvil import _server
from . import answers, other

@anvil.server.callable
def look(a):
    kinds = [type(finder) for finder in sys.meta_path]
    finders = [kind.__name__ for kind in kinds if kind.__module__ == "widget_guest.module_finders"]
    names = [name for name in sys.modules if "rehears" in name]
    placed = sorted(os.listdir() + os.listdir("server_code"))
    return [sorted(_server.registrations), placed, names, finders, answers.WHAT + other.WHAT + a]
"""
    files = {
        "anvil.yaml": "package_name: shop\n",
        "server_code/answers.py": "WHAT = 'own '",
        "server_code/main.py": code,
        "server_code/other.py": "WHAT = 'too '",
    }
    (request,) = call("/")
    assert isinstance(request, dict)
    asked = {**request, "command": "look", "args": ["x"], "kwargs": {}}

    found = [supervisor.run([start("gui", files), asked], app=True).answer["response"] for _ in range(3)]

    placed = ["answers.py", "anvil.yaml", "main.py", "other.py", "server_code"]
    assert found == [[["look"], placed, [], ["OwnFilesFinder", "BareNameFinder"], "own too x"]] * 3


def test_a_run_has_four_descriptors_and_no_capability(supervisor: Supervisor) -> None:
    ended = supervisor.run(
        [start("script", {"main.py": (
            "import os\nfds = os.listdir('/proc/self/fd')\n"
            "print([os.readlink(f'/proc/self/fd/{fd}').partition(':')[0] for fd in sorted(fds)[:4]], len(fds))\n"
            "print([l.split()[1] for l in open('/proc/self/status') if l.startswith('Cap')])\n"
        )})]
    )  # fmt: skip

    # The fifth is the folder that is being listed.
    assert ended.output("stdout").splitlines() == [
        "['/dev/null', 'pipe', 'pipe', 'socket'] 5",
        str(["0" * 16] * 5),
    ]


def test_the_limits_of_a_run_are_the_policys_and_it_can_not_raise_them(supervisor: Supervisor) -> None:
    wanted = {name: soft for name, soft, hard in widget_policy.child_limits(memory_cgroup=True) if hard == soft}
    code = f"""
import json, resource
held = {{}}
for name, bound in {wanted!r}.items():
    kind = getattr(resource, "RLIMIT_" + name)
    try:
        resource.setrlimit(kind, (bound + 1, bound + 1))
    except (ValueError, OSError):
        held[name] = resource.getrlimit(kind)[1]
print(json.dumps(held))
"""
    ended = supervisor.run([start("script", {"main.py": code})])

    assert json.loads(ended.output("stdout")) == wanted
    assert {"NPROC", "NOFILE", "FSIZE"} <= set(wanted)


def test_nothing_of_a_run_is_there_in_the_next(supervisor: Supervisor) -> None:
    leave = "for place in ('/tmp', '/work', '/dev/shm'):\n    open(place + '/left', 'w').close()\n"
    look = "import os\nprint([os.listdir(place) for place in ('/tmp', '/work', '/dev/shm')])"

    supervisor.run([start("script", {"main.py": leave})])
    ended = supervisor.run([start("script", {"main.py": look})])

    assert ended.output("stdout") == "[[], ['main.py'], []]\n"


def test_the_environment_is_exactly_what_the_policy_grants(supervisor: Supervisor) -> None:
    ended = supervisor.run([start("script", {"main.py": "import os, json\nprint(json.dumps(dict(os.environ)))"})])

    assert json.loads(ended.output("stdout")) == {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/work", "TMPDIR": "/tmp", "USER": "widget", "LANG": "C.UTF-8",
        "TZ": "UTC", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "module://widgetry_matplotlib", "MPLCONFIGDIR": "/tmp/matplotlib",
    }  # fmt: skip


def test_a_kill_ends_a_run_with_all_it_started(supervisor: Supervisor) -> None:
    spin = "import os\nfor _ in range(4):\n    os.fork()\nprint('on', flush=True)\nwhile True:\n    pass"

    with supervisor.begin([start("script", {"main.py": spin})]) as (number, data, stdout, _):
        assert os.read(stdout, 100)
        event = supervisor.ask(op="kill", id=number)
        while os.read(stdout, 4096):
            pass  # the pipe ends only when the last of them is gone
        assert data.recv(4096) == b""

    assert event == {**event, "ev": "exit", "id": number, "status": -signal.SIGKILL}


def test_two_runs_live_side_by_side_in_different_namespaces(supervisor: Supervisor) -> None:
    tell = "import os\nprint(os.readlink('/proc/self/ns/pid'), os.readlink('/proc/self/ns/user'), flush=True)\n"

    with supervisor.begin([start("script", {"main.py": f"{tell}import time\ntime.sleep(60)"})]) as (
        number,
        _,
        stdout,
        _,
    ):
        first = os.read(stdout, 4096).decode().split()
        other = supervisor.run([start("script", {"main.py": tell})]).output("stdout").split()
        event = supervisor.ask(op="kill", id=number)

    assert set(first) & set(other) == set()
    assert event["id"] == number


def test_what_it_does_not_understand_is_refused_and_it_goes_on(supervisor: Supervisor) -> None:
    refused = [
        supervisor.ask(op="dance"),
        supervisor.ask(op="run", id=5),
        supervisor.ask(op="bind", environment="../x"),
    ]

    assert [event["ev"] for event in refused] == ["failed"] * 3
    assert refused[1]["id"] == 5
    assert supervisor.ask(op="ping") == {"ev": "pong"}


def test_it_preloads_what_the_policy_allows_and_nothing_else(supervisor: Supervisor) -> None:
    bound = supervisor.ask(op="bind", environment=None, preload=["csv", "numpy", "pip", "os; print()"])

    assert bound == {"ev": "bound", "preloaded": ["csv"]}
    ended = supervisor.run([start("script", {"main.py": "import sys\nprint('csv' in sys.modules)"})])
    assert ended.output("stdout") == "True\n"


def test_a_child_made_ahead_waits_for_its_run_and_ends_when_there_is_none(supervisor: Supervisor) -> None:
    with supervisor.begin([], ahead=True):
        assert len(supervisor.processes()) == 2

    assert supervisor.next_event()["ev"] == "exit"
    assert supervisor.processes()[1:] == []


def test_a_child_made_ahead_says_when_its_user_code_began(supervisor: Supervisor) -> None:
    with supervisor.begin([], ahead=True) as (_, data, stdout, _):
        made_at = time.monotonic()
        send(data, [_SLEEPS])
        assert os.read(stdout, 100) == b"on\n"
        seen_at = time.monotonic()

    assert supervisor.began_at is not None
    assert made_at < supervisor.began_at < seen_at


def test_what_never_began_says_so(supervisor: Supervisor) -> None:
    with supervisor.begin([{"type": "NONSENSE"}]):
        assert supervisor.next_event()["status"] == 70

    assert supervisor.began_at is None


def test_it_is_not_bound_once_there_are_children(supervisor: Supervisor) -> None:
    with supervisor.begin([], ahead=True):
        refused = supervisor.ask(op="bind", environment=None)

    assert refused["ev"] == "failed"
    assert "children already" in refused["text"]


_SLEEPS = start("script", {"main.py": "import time\nprint('on', flush=True)\ntime.sleep(60)"})


@pytest.fixture
def envs(short_folder: Path) -> Path:
    """A store of two environments."""
    for name in ("mine", "other"):
        folder = short_folder / name
        folder.mkdir()
        (folder / "told.py").write_text(f"NAME = {name!r}\n")
    return short_folder


def test_a_bound_sandbox_sees_its_own_environment_alone(rootfs: Path, checkout: Path, envs: Path) -> None:
    with start_sandbox(rootfs, checkout, envs) as supervisor:
        bound = supervisor.ask(op="bind", environment="mine", preload=[])
        ended = supervisor.run(
            [
                start(
                    "script", {"main.py": "import os, told\nprint(told.NAME, os.listdir('/envs'))\nopen('/env/x', 'w')"}
                )
            ]
        )
        again = supervisor.ask(op="bind", environment="other", preload=[])

    assert bound["ev"] == "bound"
    assert ended.output("stdout") == "mine []\n"
    assert "Read-only file system" in ended.error["message"]
    assert again["ev"] == "failed"


def test_the_pinned_library_comes_before_one_of_the_widget(rootfs: Path, checkout: Path, envs: Path) -> None:
    (envs / "mine/anvil").mkdir()
    (envs / "mine/anvil/__init__.py").write_text("raise RuntimeError('the wrong one')")

    with start_sandbox(rootfs, checkout, envs) as supervisor:
        supervisor.ask(op="bind", environment="mine", preload=[])
        ended = supervisor.run([start("script", {"main.py": "import anvil.tables\nprint(anvil.__file__)"})])

    assert ended.output("stdout") == "/opt/anvil/anvil/__init__.py\n"


@pytest.mark.parametrize(("wanted", "descriptors"), [("transparent", 2), ("proxy", 1), ("none", 0)])
def test_it_goes_no_further_with_egress_than_it_was_told(
    rootfs: Path, checkout: Path, wanted: str, descriptors: int
) -> None:
    with start_sandbox(rootfs, checkout, egress=wanted) as supervisor:
        ended = supervisor.run([start("script", {"main.py": "import os\nprint(os.environ.get('HTTPS_PROXY'))"})])

        assert supervisor.ready["egress"] == wanted
        assert len(supervisor.handed_out) == descriptors

    assert ended.output("stdout") == ("http://127.0.0.1:3128\n" if wanted == "proxy" else "None\n")
