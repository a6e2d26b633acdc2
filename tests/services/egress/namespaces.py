"""Network namespaces that tests make: what they send ends inside them."""

import ctypes
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

_T = TypeVar("_T")
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Namespace:
    """A network namespace, gone after ``close``."""

    def __init__(self, name: str) -> None:
        self.name = f"wegr-{os.getpid()}-{name}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.ip("link set lo up")

    def close(self) -> None:
        subprocess.run(["ip", "netns", "del", self.name], check=True)

    def ip(self, *commands: str) -> None:
        """Run ``ip`` commands in it; one that begins with ``-6`` is about IPv6."""
        for option, wanted in (("-4", False), ("-6", True)):
            chosen = [text.removeprefix("-6 ") for text in commands if text.startswith("-6 ") == wanted]
            self._run(["ip", option, "-batch", "-"], "\n".join(chosen) + "\n")

    def nft(self, rules: str) -> str:
        """Load nft rules (or run nft commands) in it and return what nft said."""
        return self._run(["nft", "-f", "-"], rules)

    def _run(self, command: list[str], text: str) -> str:
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, *command], input=text, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def inside(self, work: Callable[..., _T], *args: Any) -> _T:
        """Return what ``work`` returns on a thread of this namespace: sockets that it makes stay in it for ever."""
        result: list[_T] = []
        failure: list[BaseException] = []

        def enter_and_work() -> None:
            try:
                descriptor = os.open(Path("/run/netns") / self.name, os.O_RDONLY)
                entered = _libc.setns(descriptor, _CLONE_NEWNET)
                os.close(descriptor)
                assert entered == 0, os.strerror(ctypes.get_errno())
                result.append(work(*args))
            except BaseException as error:
                failure.append(error)

        thread = threading.Thread(target=enter_and_work)
        thread.start()
        thread.join()
        if failure:
            raise failure[0]
        return result[0]
