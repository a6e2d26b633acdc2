"""After many runs through the whole product nothing of them is left anywhere: routes and scripts, quiet and rude."""

import hashlib
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import redis
from tests.fixtures.stack import Stack, descendants, process_name

from widget_site.dispatch.tallies import STEPS_S

#: How many runs are made; 1,000 by hand: WIDGETRY_TEST_RUNS=1000.
RUNS = int(os.environ.get("WIDGETRY_TEST_RUNS", "200"))
SETTLE_S = 30.0
#: For two triggers: each step of the histogram, the two outcomes that these runs have, and the seconds.
METRICS_FIELDS = 2 * (len(STEPS_S) + 1 + 2 + 1)
API = """
import os, time
import anvil.server

@anvil.server.route("/quiet")
def quiet():
    return "x" * 1000

@anvil.server.route("/loud")
def loud():
    print("y" * 5000)
    raise ValueError("loud")

@anvil.server.route("/rude")
def rude():
    open("/tmp/file", "w").write("x")
    if os.fork() == 0:
        os.setsid()
        time.sleep(100)
    os._exit(3)
"""
SCRIPT = """
import os, sys, time
open("/dev/shm/file", "w").write("x")
if os.fork() == 0:
    os.setsid()
    time.sleep(100)
print("a script")
"""


def keys_without_end(stack: Stack) -> dict[str, int]:
    """Return how much each Redis key without a TTL holds."""
    client: Any = redis.Redis.from_url(_operators_redis(stack))
    try:
        kept = {}
        for key in client.scan_iter(count=1000):
            if client.ttl(key) == -1:
                kind = client.type(key).decode()
                size = {
                    "list": client.llen, "set": client.scard, "hash": client.hlen, "zset": client.zcard,
                    "stream": client.xlen, "string": client.strlen,
                }  # fmt: skip
                kept[key.decode()] = size[kind](key)
        return kept
    finally:
        client.close()


def _operators_redis(stack: Stack) -> str:
    """Return the address that the site worker was given: it may look at every key."""
    pairs = Path(f"/proc/{stack.pids()['worker']}/environ").read_bytes().decode().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)["WIDGETRY_REDIS_URL"]


def look(stack: Stack) -> dict[str, Any]:
    """Return all that could grow, by what it is."""
    ours = descendants(stack.process.pid)
    named = stack.pids()
    mark = str(stack.data)
    roots = [stack.data / "run", Path("/tmp"), Path("/var/tmp"), Path("/dev/shm")]
    return {
        "processes of sandboxes": Counter(process_name(pid) or "sandbox" for pid in ours)["sandbox"],
        "descriptors": {name: len(os.listdir(f"/proc/{pid}/fd")) for name, pid in named.items()},
        "mounts": {
            name: len(Path(f"/proc/{pid}/mountinfo").read_text().splitlines())
            for name, pid in {"all-in-one": stack.process.pid, **named}.items()
        },
        "files": sorted(
            path.name
            for root in roots
            for path in root.iterdir()
            if root.is_relative_to(mark) or _uid(path) in range(91600, 91610)
        ),
        "cgroups": sum(1 for _ in Path("/sys/fs/cgroup").glob(f"*/**/widgetry-{_name(stack)}/w-*")),
        "redis": keys_without_end(stack),
    }


def _uid(path: Path) -> int:
    try:
        return path.lstat().st_uid
    except OSError:
        return -1


def _name(stack: Stack) -> str:
    return hashlib.sha256(os.fsencode(stack.data)).hexdigest()[:12]


def grown(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what is more than before; single descriptors come and go with idle connections."""
    more: dict[str, Any] = {
        what: (before[what], after[what])
        for what in ("processes of sandboxes", "mounts", "files", "cgroups")
        if after[what] != before[what]
    }
    # Counts of runs by trigger, outcome and how long they took: so many fields at most, whatever runs.
    if after["redis"].pop("widgetry:metrics", 0) > METRICS_FIELDS:
        more["redis: widgetry:metrics"] = METRICS_FIELDS
    for what, slack in (("descriptors", 3), ("redis", 0)):
        for name, count in after[what].items():
            if count > before[what].get(name, 0) + slack:
                more[f"{what}: {name}"] = (before[what].get(name, 0), count)
    return more


def work(stack: Stack, owner: Any, api: str, script: str, runs: int) -> None:
    for number in range(runs):
        if number % 10 == 9:
            owner.run(script)
            continue
        path, status = [("/quiet", 200), ("/quiet", 200), ("/quiet", 200), ("/loud", 500), ("/rude", 500)][number % 5]
        assert stack.widget(api, path).status == status


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: looks into every process")
@pytest.mark.timeout(900)
def test_after_many_runs_nothing_has_grown(own_stack: Stack) -> None:
    owner = own_stack.sign_up()
    api, script = owner.make("api", API)["slug"], owner.make("script", SCRIPT)["slug"]
    work(own_stack, owner, api, script, 20)  # opens what a first use opens
    time.sleep(3)
    before = look(own_stack)

    work(own_stack, owner, api, script, RUNS)

    deadline = time.monotonic() + SETTLE_S
    while (more := grown(before, look(own_stack))) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert more == {}, more
    print(f"after {RUNS} runs: {look(own_stack)}")
