"""When the runner reads what a child prints."""

import asyncio
import os
import socket
from typing import Any

from widget_runner.child_link import ChildLink, LinkError


class Heard:
    """Takes what a child says."""

    def __init__(self) -> None:
        self.printed = b""
        self.arrived = asyncio.Event()

    def on_message(self, message: dict[str, Any], size_bytes: int) -> None:
        raise AssertionError(message)

    def on_chunk(self, header: dict[str, Any], content: bytes) -> None:
        raise AssertionError(header)

    def on_output(self, _stream: str, data: bytes) -> None:
        self.printed += data
        self.arrived.set()

    def on_closed(self, error: LinkError | None) -> None:
        raise AssertionError(error)


class PipedChild:
    """The descriptors of a child that is no process."""

    def __init__(self) -> None:
        self.data, self.other_end = socket.socketpair()
        self.data.setblocking(False)
        self.stdout, self.write_stdout = os.pipe()
        self.stderr, self.write_stderr = os.pipe()
        for descriptor in (self.stdout, self.stderr):
            os.set_blocking(descriptor, False)

    def close(self) -> None:
        self.data.close()
        for descriptor in (self.stdout, self.stderr):
            os.close(descriptor)

    def end(self) -> None:
        self.other_end.close()
        for descriptor in (self.write_stdout, self.write_stderr):
            os.close(descriptor)


async def test_output_is_read_as_soon_as_the_child_waits_for_that() -> None:
    child, heard = PipedChild(), Heard()
    link = ChildLink(child, heard, asyncio.get_running_loop(), output_delay_s=60.0)  # type: ignore[arg-type]
    os.write(child.write_stdout, b"printed")
    await asyncio.sleep(0)
    assert heard.printed == b""

    assert link.watch_output()
    await asyncio.wait_for(heard.arrived.wait(), 10)

    assert heard.printed == b"printed"
    assert not link.watch_output()
    link.close()
    child.end()


async def test_who_prints_without_a_pause_is_read_in_turns_and_quickly_again_after_one() -> None:
    child, heard = PipedChild(), Heard()
    link = ChildLink(child, heard, asyncio.get_running_loop())  # type: ignore[arg-type]
    for number in range(600):
        heard.arrived.clear()
        os.write(child.write_stdout, b"x")
        await asyncio.wait_for(heard.arrived.wait(), 10)
        if number == 520:
            assert not link.watch_output(), "it is read in turns"
    await asyncio.sleep(0.05)  # both pipes are found empty

    heard.arrived.clear()
    os.write(child.write_stderr, b"y")
    await asyncio.wait_for(heard.arrived.wait(), 10)

    assert heard.printed == b"x" * 600 + b"y"
    link.close()
    child.end()
