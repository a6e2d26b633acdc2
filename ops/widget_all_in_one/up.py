"""``ops/up``: every set-up step in order, then the site, until somebody stops it."""

import asyncio
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from widget_all_in_one import health, one_shot, reach
from widget_all_in_one.delegation import delegate, remove
from widget_all_in_one.docker_socket import find_docker
from widget_all_in_one.fleet import Fleet, Plan, process_specs
from widget_all_in_one.folders import Folders, make_folders, remove_runtime, why_not
from widget_all_in_one.identities import Identities, identities
from widget_all_in_one.image import build_image
from widget_all_in_one.options import UpOptions
from widget_all_in_one.process_settings import environments, mail_address
from widget_all_in_one.redis_server import EmbeddedRedis, configure
from widget_all_in_one.steps import SetupError, Steps

CHECKOUT = Path(__file__).resolve().parents[2]
READY_TIMEOUT_S = 60.0


def up(options: UpOptions) -> int:
    """Set up and serve until SIGINT or SIGTERM; return the exit status."""
    # Whoever ran us with a strict umask still needs processes that can read each other's public files.
    os.umask(0o022)
    steps = Steps()
    try:
        with _prepared(options, steps) as plan:
            return asyncio.run(_serve(options, plan, steps))
    except SetupError as error:
        steps.say(f"\nops/up can't go on: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


@contextmanager
def _prepared(options: UpOptions, steps: Steps) -> Iterator[Plan]:
    """Do every step that needs no process of ours, and undo at the end what must not outlive us."""
    who = identities()
    if not who.separated:
        steps.say("Not root: all processes run as one user ('widgetry doctor' says what that costs).")
    if refused := why_not(options.data):
        raise SetupError(refused)
    _port_is_free(options.host, options.port, "give another with --port")
    options.data.mkdir(parents=True, exist_ok=True)
    with _locked(options.data):
        mail_host, mail_port = mail_address(os.environ)
        if mail_port:
            _port_is_free(mail_host, mail_port, "set WIDGETRY_MAIL_PORT to another, or to 0 for no mail")
        with steps.step(f"Data folder {options.data}"):
            folders = make_folders(options.data, who)
        docker = find_docker(options.engine)
        if docker and docker.group is not None:
            who = who.runner_in_group(docker.group)
        with steps.step("Sandbox image (built once, then only checked)"):
            image = build_image(
                CHECKOUT, folders.image, docker.path if docker else None, folders.logs / "image.log", steps.detail
            )
        # After the image, which looks for a CPython 3.10 in places that are hidden from here on.
        if who.separated:
            reach.make_readable(CHECKOUT, options.data, image.rootfs)
        delegation = delegate(options.data, who)
        if delegation.note:
            steps.say(f"  {delegation.note}")
        try:
            redis, urls = _redis(folders, who)
            settings = environments(options, folders, urls, delegation, who, image, docker, os.environ)
            yield Plan(folders, who, settings, delegation, redis)
        finally:
            remove(delegation)
            remove_runtime(folders)


def _redis(folders: Folders, who: Identities) -> tuple[EmbeddedRedis | None, dict[str, str]]:
    """Return the embedded Redis, or None where WIDGETRY_REDIS_URL names one, and the address for each process."""
    given = os.environ.get("WIDGETRY_REDIS_URL")
    if given:
        return None, dict.fromkeys(("site", "worker", "runner"), given)
    redis = configure(folders, who.redis)
    return redis, redis.urls


async def _serve(options: UpOptions, plan: Plan, steps: Steps) -> int:
    """Start every process, say that we are ready, and wait for a signal; everything is stopped when it returns."""
    fleet = Fleet(process_specs(plan), plan.folders.logs, lambda text: steps.say(f"  {text}"))
    stop = asyncio.Event()
    _on_signals(stop, fleet)
    try:
        start = asyncio.create_task(_start(options, plan, steps, fleet))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([start, stopped], return_when=asyncio.FIRST_COMPLETED)
        if start.done():
            start.result()
            await stopped
        else:
            start.cancel()
            with suppress(asyncio.CancelledError):
                await start
        stopped.cancel()
        steps.say("\nStopping")
        return 0
    finally:
        await fleet.stop()


async def _start(options: UpOptions, plan: Plan, steps: Steps, fleet: Fleet) -> None:
    if redis := plan.redis:
        with steps.step(f"Redis {redis.program}"):
            fleet.start("redis")
            await fleet.wait_until(lambda: health.redis_answers(redis.urls["ops"]), "Redis", 20.0)
    with steps.step("Database"):
        fleet.start("egress", "launcher")
        await asyncio.to_thread(_migrate, plan)
    with steps.step("Egress proxy, launcher, runner, site worker and site"):
        fleet.start()
        linking = asyncio.create_task(asyncio.to_thread(_first_link, plan))
        await fleet.wait_until(lambda: health.site_answers(options), f"{options.url}/healthz", READY_TIMEOUT_S)
        link = await linking
    steps.say(f"Widgetry is ready at {options.url}")
    if plan.settings.mail is not None:
        steps.say("Mail for widgets is received at {}:{}".format(*mail_address(os.environ)))
    if link:
        steps.say(f"No account exists yet. This link signs you in as its owner, once: {link}")


def _migrate(plan: Plan) -> None:
    command = [sys.executable, "-m", "widget_site.store.migrate"]
    one_shot.run(command, plan.settings.site, plan.who.site, plan.who.separated)


def _first_link(plan: Plan) -> str:
    command = [sys.executable, "-m", "widget_site.accounts", "first-link"]
    return one_shot.run(command, plan.settings.site, plan.who.site, plan.who.separated).strip()


def _on_signals(stop: asyncio.Event, fleet: Fleet) -> None:
    """The first signal stops in order; the second, from somebody out of patience, kills."""

    def handle() -> None:
        if stop.is_set():
            fleet.kill()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, handle)


@contextmanager
def _locked(data: Path) -> Iterator[None]:
    """Hold the data folder for ourselves."""
    with (data / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SetupError(f"another ops/up serves from {data}: stop it, or give this one --data DIR") from error
        yield


def _port_is_free(host: str, port: int, way_out: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(f"can't listen on {host} port {port} ({error.strerror}): {way_out}") from error
