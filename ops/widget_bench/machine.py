"""What benchmarks measure with and against, each started when it is first asked for and stopped at the end."""

import contextlib
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType

from widget_bench.baseline import Baseline
from widget_bench.cgi import CgiServer, cgi_server
from widget_bench.samples import Contender
from widget_bench.sandboxes import DockerEngine, docker_engine, docker_run, local_settings
from widget_bench.site_client import SiteClient
from widget_bench.stack import Stack, own_stack
from widget_runner.engines.base import EngineSettings

#: Nobody but us calls: the site's own limits for strangers must not be what is measured.
_UNLIMITED = {"WIDGETRY_RATE_ROUTE_PER_S": "1000000", "WIDGETRY_RATE_API_PER_MINUTE": "1000000"}


@dataclass(frozen=True)
class Options:
    """What a person asked for."""

    data: Path
    rootfs: Path
    #: Of a site that runs already, or None.
    url: str | None
    engine: str
    rounds: int
    #: Tasks of the benchmark of schedules.
    due: int = 10_000


class Machine:
    """Use it as a context manager."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.baseline = Baseline(options.rootfs)
        self._stack = contextlib.ExitStack()
        self._site_stack = contextlib.ExitStack()

    def __enter__(self) -> "Machine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._site_stack.close()
        self._stack.close()

    @cached_property
    def stack(self) -> Stack:
        """The site."""
        if self.options.url is not None:
            return Stack(self.options.url, None)
        return self._site_stack.enter_context(self.own_stack({}))

    def own_stack(self, settings: dict[str, str]) -> "contextlib.AbstractContextManager[Stack]":
        """Start a site of our own with settings of its own."""
        options = self.options
        return own_stack(options.data, options.engine, options.rootfs, {**_UNLIMITED, **settings})

    @cached_property
    def site(self) -> SiteClient:
        """An account on the site."""
        client = SiteClient(self.stack.url)
        self._site_stack.callback(client.close)
        return client

    def stop_site(self) -> None:
        """Stop our own site (nothing happens to one that ran already); asked for again it starts anew."""
        self._site_stack.close()
        for name in ("stack", "site"):
            self.__dict__.pop(name, None)

    @cached_property
    def cgi(self) -> CgiServer:
        """CGI under lighttpd."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="widgetry-bench-cgi-"))
        return self._stack.enter_context(cgi_server(Path(folder), self.baseline))

    @cached_property
    def docker(self) -> DockerEngine | None:
        """The Docker engine, if this machine has one."""
        return self._stack.enter_context(docker_engine(self.options.rootfs))

    @cached_property
    def local(self) -> EngineSettings:
        """The local engine."""
        return self._stack.enter_context(local_settings(self.options.data, self.options.rootfs))

    def bare(self, block: int = 1) -> Contender:
        """The yardstick."""
        return Contender("bare python3.10 -I -c pass", self.baseline.measure, block=block)

    def docker_run(self, every: int) -> Contender | None:
        """``docker run``, every n-th round."""
        engine = self.docker
        if engine is None:
            return None
        python = "/" + str(self.baseline.python.relative_to(self.options.rootfs.resolve()))
        return Contender("docker run", lambda: docker_run(engine, python), every=every)

    def docker_note(self) -> str:
        """Say which Docker engine was measured."""
        if self.docker is None:
            return "docker run: not measured, no Docker engine answers and none may be started here"
        return (
            "docker run: a private dockerd, --network none" if self.docker.is_own else f"docker run: {self.docker.url}"
        )
