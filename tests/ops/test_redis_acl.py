"""Each process of ours can do in Redis what it has to, and nothing else; on a new Redis and on the bundled 6.2."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.exceptions import AuthenticationError, NoPermissionError
from tests.fixtures import processes

from widget_all_in_one import redis_server
from widget_all_in_one.folders import Folders
from widget_all_in_one.identities import Identity
from widget_all_in_one.redis_server import EmbeddedRedis, RedisProgram
from widget_wire import keys
from widget_wire.submit import RAISE, SUBMIT

Connect = Callable[[str], redis.Redis]


def programs() -> dict[str, RedisProgram]:
    """The Redis of this machine and the one of the wheel."""
    found = redis_server.find_redis()
    (bundled,) = redis_server.bundled()
    version = redis_server.program_version(bundled)
    assert found
    assert version
    return {"system": found, "wheel": RedisProgram(bundled, version)}


@pytest.fixture(params=["system", "wheel"])
def embedded(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[EmbeddedRedis]:
    """A Redis configured as ``ops/up`` does it."""
    program = programs()[request.param]
    monkeypatch.setattr(redis_server, "find_redis", lambda: program)
    folders = Folders(tmp_path, tmp_path / "run")
    folders.redis.mkdir()
    folders.runtime.mkdir()
    configured = redis_server.configure(folders, Identity(os.geteuid(), os.getegid()))
    process = processes.start(configured.command, tmp_path / "redis.log")
    processes.wait_for_server(folders.runtime / "redis.sock", process, "redis", tmp_path / "redis.log")
    yield configured
    processes.stop(process)


@pytest.fixture
def connect(embedded: EmbeddedRedis) -> Iterator[Connect]:
    """Connects as one of the users."""
    clients = []

    def as_user(user: str) -> redis.Redis:
        client = redis.Redis.from_url(embedded.urls[user])
        clients.append(client)
        return client

    yield as_user
    for client in clients:
        client.close()


def test_nobody_gets_in_without_a_user(embedded: EmbeddedRedis) -> None:
    path = embedded.urls["ops"].partition("@")[2]

    with redis.Redis(unix_socket_path=path) as nobody, pytest.raises(AuthenticationError):
        nobody.ping()


def test_the_runner_does_its_work(connect: Connect) -> None:
    site, runner = connect("site"), connect("runner")
    site.set(keys.LIVE + "w", "1")
    site.set(keys.CODE + "d", b"files")
    site.set(keys.STOP + "r", "1")
    submitted = site.register_script(SUBMIT)(keys=[keys.LIVE + "w", keys.RUN_QUEUE], args=["1", b"run", 10])

    with runner.pipeline(transaction=False) as pipe:
        pipe.blpop([keys.RUN_QUEUE], timeout=1)
        pipe.get(keys.CODE + "d")
        pipe.exists(keys.STOP + "r")
        pipe.rpush(keys.REPLY + "s", b"reply")
        pipe.expire(keys.REPLY + "s", 60)
        pipe.xadd(keys.RECORDS, {"record": b"x"}, maxlen=10)
        pipe.xadd(keys.EVENTS + "r", {"events": b"x"})
        pipe.hset(keys.TAKEN, "r", "runner")
        pipe.hset(keys.RUNNER + "a", "places", "4")
        pipe.pexpire(keys.RUNNER + "a", 1500)
        pipe.sadd(keys.RUNNERS, "a")
        pipe.rpush(keys.SERVICE_QUEUE, b"call")
        answers = pipe.execute()
    subscribed = command(runner, "SUBSCRIBE", keys.STOP_CHANNEL)

    assert subscribed == [b"subscribe", keys.STOP_CHANNEL.encode(), 1]
    assert submitted == b"ok"
    assert answers[:4] == [(keys.RUN_QUEUE.encode(), b"run"), b"files", 1, 1]


def command(client: redis.Redis, *words: str) -> Any:
    """Send a command as it is; redis-py's own pubsub hears of a refusal only when it reads."""
    return client.execute_command(*words)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


FORBIDDEN: dict[str, Callable[[redis.Redis], object]] = {
    "reads which generation is live": lambda runner: runner.get(keys.LIVE + "w"),
    "makes old code live": lambda runner: runner.register_script(RAISE)(keys=[keys.LIVE + "w"], args=["9"]),
    "reads rate limits": lambda runner: runner.get(keys.RATE + "x"),
    "reads a session": lambda runner: runner.get("widgetry:session:x"),
    "queues a job of the site": lambda runner: runner.zadd("arq:queue", {"job": 1}),
    "tells sites that a widget changed": lambda runner: runner.publish(keys.WIDGET_CHANNEL + "w", "x"),
    "listens to what sites say of widgets": lambda runner: command(runner, "PSUBSCRIBE", "*"),
    "lists every key": lambda runner: runner.keys("*"),
    "empties Redis": lambda runner: runner.flushall(),
    "reads the configuration": lambda runner: runner.config_get("*"),
    "makes users": lambda runner: runner.acl_list(),
    "loads a module or saves to disk": lambda runner: runner.bgsave(),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_runner_is_refused_when_it(what: str, connect: Connect) -> None:
    with pytest.raises(NoPermissionError):
        FORBIDDEN[what](connect("runner"))


def test_a_new_redis_lets_the_runner_read_code_but_never_write_it(connect: Connect, embedded: EmbeddedRedis) -> None:
    runner = connect("runner")

    if embedded.program.version < (7, 0):
        assert runner.set(keys.CODE + "d", "6.2 can't tell reading from writing")
        return
    with pytest.raises(NoPermissionError):
        runner.set(keys.CODE + "d", "evil")


@pytest.mark.parametrize("user", ["site", "worker"])
def test_the_site_and_its_worker_handle_runs_but_not_the_server(user: str, connect: Connect) -> None:
    client = connect(user)

    assert client.register_script(RAISE)(keys=[keys.LIVE + "w"], args=["3"]) == b"3"
    assert client.zadd("arq:queue", {"job": 1}) == 1
    assert client.incr(keys.RATE + "x") == 1
    with pytest.raises(NoPermissionError):
        client.flushall()
    with pytest.raises(NoPermissionError):
        client.get("something:else")


def test_the_worker_may_ask_for_what_arq_prints(connect: Connect) -> None:
    assert server_facts(connect("worker"))["redis_version"]


def test_we_ourselves_may_only_ask_whether_it_answers(connect: Connect) -> None:
    ops = connect("ops")

    assert ops.ping()
    with pytest.raises(NoPermissionError):
        ops.get(keys.LIVE + "w")


def test_what_was_written_survives_a_killed_redis(embedded: EmbeddedRedis, connect: Connect, tmp_path: Path) -> None:
    site = connect("site")
    site.rpush(keys.RUN_QUEUE, b"run")
    with site.pipeline(transaction=True) as pipe:
        pipe.set(keys.REPLY + "a", b"of a")
        pipe.set(keys.REPLY + "b", b"transaction")
        pipe.execute()
    site.register_script("redis.call('SET', KEYS[1], '1') redis.call('SET', KEYS[2], '2')")(
        keys=[keys.STOP + "a", keys.STOP + "b"]
    )
    pid = server_facts(connect("worker"))["process_id"]
    # appendfsync everysec: what the kernel holds survives the process at once.
    os.kill(pid, signal.SIGKILL)
    socket = Path(embedded.urls["ops"].partition("@")[2])
    processes.wait_until(lambda: _is_gone(site), "the end of redis")
    socket.unlink()

    again = processes.start(embedded.command, tmp_path / "again.log")
    processes.wait_for_server(socket, again, "redis again", tmp_path / "again.log")
    site = connect("site")
    # It takes connections before it has read its file.
    processes.wait_until(lambda: not _is_gone(site), "redis to have read what it kept")
    kept = site.lrange(keys.RUN_QUEUE, 0, -1)
    together = site.mget([keys.REPLY + "a", keys.REPLY + "b", keys.STOP + "a", keys.STOP + "b"])
    processes.stop(again)

    assert kept == [b"run"]
    assert together == [b"of a", b"transaction", b"1", b"2"]


def server_facts(client: redis.Redis) -> dict[str, Any]:
    facts = client.info()
    assert isinstance(facts, dict)
    return facts


def _is_gone(client: redis.Redis) -> bool:
    try:
        client.ping()
    except redis.ConnectionError:
        return True
    return False


def test_passwords_are_hashed_in_the_configuration_and_nobody_else_reads_it(embedded: EmbeddedRedis) -> None:
    text = embedded.config.read_text()

    assert embedded.config.stat().st_mode & 0o777 == 0o600
    assert all(url.split(":")[2].partition("@")[0] not in text for url in embedded.urls.values())
