"""The site's processes: ``python -m widget_site.serve [--bind HOST:PORT] [--workers N]``.

One process serves; with more workers this one only binds the sockets, hands them to its children and starts those anew
that die. SIGTERM drains: no new connections, live sockets say goodbye, calls get their answers, exit 0.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence

import uvloop
from hypercorn.asyncio import serve as serve_hypercorn
from hypercorn.config import Config

from widget_site import unread_bodies
from widget_site.asgi import Application, create
from widget_site.live import hypercorn_stream
from widget_site.settings import SiteSettings
from widget_wire import logs

log = logging.getLogger(__name__)

BACKLOG = 1024
#: Bytes of a request's line and headers.
MAX_HEAD_BYTES = 64 * 1024
#: Seconds that a connection may be idle, and that a request's head may take to arrive.
IDLE_S = 15.0
#: Seconds that a stopping process gives to calls that wait for their answers.
DRAIN_S = 12.0
#: The kernel gives up a connection whose peer takes nothing of what we send for this long.
STALLED_MS = 60_000
_TCP_USER_TIMEOUT = 18


def bind(host: str, port: int) -> list[socket.socket]:
    """Return listening sockets for host and port; for 127.0.0.1 also [::1], where ``*.localhost`` may lead to."""
    addresses = [host]
    if host in ("127.0.0.1", "localhost"):
        addresses = ["127.0.0.1", "::1"]
    sockets: list[socket.socket] = []
    for address in addresses:
        try:
            sockets.append(_listen(address, port))
        except OSError:
            if not sockets:
                raise
            log.info("not listening at [%s]:%s", address, port)
        else:
            # With port 0 the second one takes the port that the first was given.
            port = sockets[0].getsockname()[1]
    return sockets


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        # Both are inherited by the connections it accepts.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.setsockopt(socket.IPPROTO_TCP, _TCP_USER_TIMEOUT, STALLED_MS)
        listener.bind((address, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
        listener.set_inheritable(True)
    except OSError:
        listener.close()
        raise
    return listener


def hypercorn_config(sockets: Sequence[socket.socket], drain_s: float) -> Config:
    """Return how hypercorn serves: no access log, no name of itself, bounded heads and idle times."""
    hypercorn_stream.install()
    unread_bodies.install()
    config = Config()
    config.bind = [f"fd://{listener.detach()}" for listener in sockets]
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    config.include_server_header = False
    config.backlog = BACKLOG
    config.h11_max_incomplete_size = MAX_HEAD_BYTES
    config.keep_alive_timeout = IDLE_S
    config.keep_alive_max_requests = 1_000_000
    config.websocket_ping_interval = 20.0
    config.websocket_max_message_size = 512 * 1024
    config.graceful_timeout = drain_s
    return config


async def serve(
    application: Application, sockets: Sequence[socket.socket], stop: asyncio.Event, drain_s: float = DRAIN_S
) -> None:
    """Serve until ``stop``, then drain and return; the sockets are hypercorn's from here on."""

    async def wait_for_stop() -> None:
        await stop.wait()
        # From here hypercorn accepts nothing new and waits graceful_timeout for the requests that are under way; a live
        # socket would keep it waiting all that time.
        application.live.close_all()
        application.language.close_all()
        application.uplinks.close_all()
        application.pages.close_all()

    await serve_hypercorn(
        application,  # type: ignore[arg-type]  # an ASGI callable by its own, plainer types
        hypercorn_config(sockets, drain_s),
        shutdown_trigger=wait_for_stop,
        mode="asgi",
    )


async def _serve_until_signal(settings: SiteSettings, sockets: Sequence[socket.socket], parent: int | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if parent is not None:

        def orphaned() -> None:
            # The end of the parent's pipe, which would be reported again and again: it is gone, and so are we.
            loop.remove_reader(parent)
            stop.set()

        loop.add_reader(parent, orphaned)
    await serve(create(settings), sockets, stop)


def _run_one(settings: SiteSettings, sockets: Sequence[socket.socket], parent: int | None = None) -> None:
    uvloop.run(_serve_until_signal(settings, sockets, parent))


class Workers:
    """Several serving processes on the same sockets."""

    def __init__(self, sockets: Sequence[socket.socket], count: int) -> None:
        self._sockets = sockets
        self._count = count
        self._stop = asyncio.Event()
        # Never written: its end tells a child that we are gone, however we went.
        self._read_end, self._write_end = os.pipe()

    async def run(self) -> None:
        """Keep them running until SIGTERM or SIGINT; return when all have drained."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        await asyncio.gather(*(self._keep_one(number) for number in range(self._count)))

    async def _keep_one(self, number: int) -> None:
        fds = [listener.fileno() for listener in self._sockets]
        command = [sys.executable, "-m", "widget_site.serve", "--parent", str(self._read_end)]
        for fd in fds:
            command += ["--fd", str(fd)]
        while not self._stop.is_set():
            started = asyncio.get_running_loop().time()
            child = await asyncio.create_subprocess_exec(*command, pass_fds=[*fds, self._read_end])
            ended = asyncio.create_task(child.wait())
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if self._stop.is_set():
                with contextlib.suppress(ProcessLookupError):
                    child.terminate()
                await ended
                return
            log.error("serving process %s ended with %s and is started anew", number, child.returncode)
            if asyncio.get_running_loop().time() - started < 1.0:
                await asyncio.sleep(1.0)


def main() -> None:
    """Serve as the settings and the command line say."""
    parser = argparse.ArgumentParser(prog="python -m widget_site.serve", description=__doc__)
    settings = SiteSettings()
    parser.add_argument("--bind", default=f"{settings.host}:{settings.port}", metavar="HOST:PORT")
    parser.add_argument("--workers", type=int, default=settings.workers, metavar="N")
    parser.add_argument("--fd", type=int, action="append", help=argparse.SUPPRESS)
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    logs.set_up("site", settings.log_format)
    if given.fd:
        _run_one(settings, [socket.socket(fileno=fd) for fd in given.fd], given.parent)
        return
    host, _, port = given.bind.rpartition(":")
    sockets = bind(host.strip("[]"), int(port))
    if given.workers > 1:
        asyncio.run(Workers(sockets, given.workers).run())
    else:
        _run_one(settings, sockets)


if __name__ == "__main__":
    main()
