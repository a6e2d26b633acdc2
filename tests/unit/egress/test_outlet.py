"""What an outlet counts is counted out again, however a connection ends before it began."""

import asyncio
import socket
from typing import Any, cast

import pytest

from widget_egress.caps import Caps, Meter
from widget_egress.outlet import Outlet
from widget_model.addresses import Policy


async def nobody(_outlet: Outlet, _connection: socket.socket) -> None:
    raise AssertionError("nothing is served here")


async def test_a_connection_that_is_given_up_while_it_is_made_is_counted_out() -> None:
    async def never() -> socket.socket:
        await asyncio.Event().wait()
        raise AssertionError

    async def fail() -> socket.socket:
        raise ConnectionRefusedError

    meter = Meter(Caps(connections=1))
    with socket.socket() as listener:
        outlet = Outlet("w-a", Policy("run"), cast(Any, None), listener, None, nobody)
        dialling = asyncio.create_task(outlet.admit(meter, "203.0.113.1:80", never))
        await asyncio.sleep(0)
        during = meter.open
        dialling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialling
        after = meter.open
        with pytest.raises(ConnectionRefusedError):
            await outlet.admit(meter, "203.0.113.1:80", fail)

    assert (during, after, meter.open) == (1, 0, 0)
