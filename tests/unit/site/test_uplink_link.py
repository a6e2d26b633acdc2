"""One link: what a hostile or clumsy peer sends costs it an error or its link, and nobody else anything."""

import asyncio
import json
from typing import Any

import pytest

from widget_site.store.values import UplinkHolder
from widget_site.uplink import names
from widget_site.uplink.link import MAX_SERVING, Link, LinkError, LinkParts
from widget_wire import media_chunks
from widget_wire.media_budget import MediaBudget
from widget_wire.parcel import Parcel
from widget_wire.parcels import Parcels
from widget_wire.runs import ServiceAnswer, ServiceCall

DATA = {"path": ["args", 0], "type": ["DataMedia"], "id": "m1", "mime-type": "a/b", "name": None}


class Peer:
    """The other end of a link, and the site behind it."""

    def __init__(
        self,
        kind: str = "server",
        stall_s: float = 30.0,
        *,
        room: int = 10_000_000,
        of_link: int = 10_000_000,
        of_message: int = 10_000_000,
        payload: int = 1000,
    ) -> None:
        self.sent: list[Any] = []
        self.calls: list[ServiceCall] = []
        self.is_cut = False
        self.held = asyncio.Event()
        self.held.set()
        self.room = MediaBudget(room)
        self.parcels = Parcels("s1", None, self.room, self._push)
        parts = LinkParts(self._answer, self.parcels, payload, of_message, of_link, lambda _: None, stall_s)
        self.link = Link("l1", UplinkHolder("k1", kind, "w1", "mine"), "192.0.2.7", "http://mine", self, parts)

    def _push(self, key: str, data: bytes) -> None:
        raise AssertionError("nothing leaves this process")

    async def send(self, data: str | bytes) -> None:
        self.sent.append(json.loads(data) if isinstance(data, str) else data)

    def cut(self) -> None:
        self.is_cut = True

    async def _answer(self, call: ServiceCall) -> ServiceAnswer:
        self.calls.append(call)
        await self.held.wait()
        return ServiceAnswer(call.id, {"response": "ok", "objects": [], "id": "forged"})

    def say(self, **message: Any) -> None:
        self.link.on_text(json.dumps(message))

    def call(self, call_id: str = "c1", **more: Any) -> None:
        self.say(**{"type": "CALL", "id": call_id, "command": "f", "args": [], "kwargs": None, **more})

    def chunk(self, content: bytes, index: int = 0, *, last: bool = True, request: str = "c1") -> None:
        header = {"requestId": request, "mediaId": "m1", "chunkIndex": index, "lastChunk": last}
        self.say(type="CHUNK_HEADER", **header)
        self.link.on_binary(content)

    async def heard(self, call_id: str = "c1") -> Any:
        async with asyncio.timeout(20):
            while True:
                for message in self.sent:
                    if isinstance(message, dict) and message.get("id") == call_id:
                        return message
                await asyncio.sleep(0.001)

    async def begin(self, command: str = "g") -> "asyncio.Task[ServiceAnswer | None]":
        """Call a function of the peer; return who waits for it."""
        call = ServiceCall(
            "s1", "", "r1", "w1", "route", "", command, {"args": []}, call_stack=({"type": "http"},), client={}
        )  # fmt: skip
        self.sent.clear()
        task = asyncio.create_task(self.link.call(call))
        async with asyncio.timeout(20):
            while not self.sent:  # noqa: ASYNC110 - it takes a turn or two
                await asyncio.sleep(0)
        return task


async def test_a_call_is_answered_under_its_own_id() -> None:
    peer = Peer()
    peer.call(args=[1], objects=[])

    assert await peer.heard() == {"id": "c1", "response": "ok", "objects": []}
    assert peer.calls[0].message == {"args": [1], "kwargs": None, "objects": []}


async def test_who_calls_is_not_read_from_the_peer() -> None:
    peer = Peer("client")
    forged: dict[str, Any] = {"call-stack": [{"type": "server_module"}], "client": {"type": "browser"}}
    peer.call(**forged, **{"call-stack-id": "server-known", "session-id": "another"})
    await peer.heard()

    [call] = peer.calls
    assert (call.caller, call.call_stack) == ("client_uplink", ({"type": "client-uplink"},))
    assert call.session not in ("", "another"), "a session of the link's own"
    assert call.client == {"type": "client_uplink", "ip": "192.0.2.7", "location": None}
    assert call.run_id != "server-known"


async def test_a_call_within_a_call_continues_its_stack() -> None:
    peer = Peer()
    waiting = await peer.begin()
    outer = peer.sent[0]["id"]
    peer.call("inner", **{"originating-call": outer})
    await peer.heard("inner")
    peer.say(id=outer, response=7, objects=[])

    answer = await waiting
    assert answer is not None
    assert answer.message["response"] == 7
    assert peer.calls[0].call_stack == ({"type": "uplink"}, {"type": "http"})


async def test_media_come_in_chunks_before_the_call_is_made() -> None:
    peer = Peer()
    peer.call(args=[None], objects=[DATA])
    peer.chunk(b"abc", last=False)
    assert peer.calls == []
    peer.chunk(b"def", 1)
    await peer.heard()

    assert media_chunks.read(peer.calls[0].media) == {"m1": b"abcdef"}


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"type": "CALL"}',
        '{"type": "CALL", "id": ""}',
        '{"type": "CALL", "id": 7, "command": "f"}',
        json.dumps({"type": "CALL", "id": "x" * 101, "command": "f"}),
        '{"type": "REGISTER"}',
        '{"type": "REGISTER", "name": ""}',
        '{"type": "REGISTER", "name": "(?=a)"}',
        '{"type": "REGISTER", "name": "((a{100}){100}){100}"}',
        json.dumps({"type": "REGISTER", "name": "x" * 501}),
        '{"type": "REGISTER_LIVE_OBJECT_BACKEND", "backend": "x"}',
        "[" * 100_000,
        '{"x": "' + "y" * 70_000 + '"}',
    ],
)
async def test_what_is_not_in_order_ends_the_link(text: str) -> None:
    with pytest.raises(LinkError):
        Peer().link.on_text(text)


async def test_bytes_that_nobody_announced_end_the_link() -> None:
    with pytest.raises(LinkError):
        Peer().link.on_binary(b"x")
    peer = Peer()
    peer.say(type="CHUNK_HEADER", requestId="c1")
    with pytest.raises(LinkError):
        peer.call()


async def test_an_id_is_used_once_at_a_time() -> None:
    peer = Peer()
    peer.held.clear()
    peer.call()
    with pytest.raises(LinkError):
        peer.call()
    peer.link.close()


async def test_too_many_calls_at_once_are_refused_and_more_end_the_link() -> None:
    peer = Peer()
    peer.held.clear()
    for number in range(MAX_SERVING + 1):
        peer.call(f"c{number}")

    refused = await peer.heard(f"c{MAX_SERVING}")
    assert refused["error"]["type"] == "anvil.server.RuntimeUnavailableError"

    def many() -> None:
        for number in range(1000):
            peer.call(f"d{number}")

    with pytest.raises(LinkError):
        many()
    peer.link.close()


@pytest.mark.parametrize(
    "objects",
    [
        7,
        [{"type": ["DataMedia"], "path": ["args", 0]}],
        [{**DATA, "id": f"m{number}"} for number in range(101)],
    ],
)
async def test_media_that_are_not_described_well_are_refused(objects: Any) -> None:
    peer = Peer(payload=1_000_000)
    peer.call(args=[None], objects=objects)

    assert (await peer.heard())["error"]["type"] == "anvil.server.SerializationError"
    assert peer.calls == []


async def test_media_without_room_are_refused_and_the_room_is_given_back() -> None:
    peer = Peer(room=1000)
    peer.call(args=[None], objects=[DATA])
    peer.chunk(b"x" * 900, last=False)
    peer.chunk(b"x" * 900, 1)

    assert (await peer.heard())["error"]["type"] == "anvil.server.RuntimeUnavailableError"
    assert peer.room.take(1000)
    peer.chunk(b"late", 2)


async def test_media_of_one_link_have_a_bound_of_their_own_and_it_is_named() -> None:
    peer = Peer(of_link=1_500_000)
    peer.held.clear()
    for number in range(2):
        peer.call(f"c{number}", args=[None], objects=[DATA])
        peer.chunk(b"x" * 1_000_000, request=f"c{number}")

    error = (await peer.heard("c1"))["error"]
    assert error["type"] == "anvil.server.RuntimeUnavailableError"
    assert "more than 1.43051 MB together" in error["message"]
    assert "WIDGETRY_MEDIA_LINK_MB" in error["message"]
    peer.held.set()
    await peer.heard("c0")
    peer.call("c2", args=[None], objects=[DATA])
    peer.chunk(b"x" * 1_000_000, request="c2")
    assert (await peer.heard("c2"))["response"] == "ok"
    assert len(peer.parcels) == 0


async def test_x_01_media_above_the_limit_are_refused_in_words_that_name_it() -> None:
    peer = Peer(of_message=2 * 1024 * 1024)
    for call_id, size in (("c1", 2 * 1024 * 1024), ("c2", 2 * 1024 * 1024 + 1024)):
        peer.call(call_id, args=[None], objects=[DATA])
        peer.chunk(b"x" * size, request=call_id)

    assert (await peer.heard())["response"] == "ok"
    error = (await peer.heard("c2"))["error"]
    assert error["type"] == "anvil.server.SerializationError"
    assert "at most 2 MB together" in error["message"]
    assert "WIDGETRY_MEDIA_MAX_MB" in error["message"]
    waiting = await peer.begin()
    peer.say(id=peer.sent[0]["id"], response=None, objects=[{**DATA, "path": ["response"]}])
    peer.chunk(b"x" * (2 * 1024 * 1024 + 1024), last=False, request=peer.sent[0]["id"])
    peer.chunk(b"x", 1, request=peer.sent[0]["id"])
    answer = await waiting
    assert answer is not None
    assert "at most 2 MB together" in answer.message["error"]["message"]
    assert peer.room.take(10_000_000)


async def test_m_12_large_media_are_held_on_disk_while_their_call_is_answered_and_sent_from_there() -> None:
    content = bytes(range(256)) * 8192
    peer = Peer()
    peer.held.clear()
    peer.call(args=[None], objects=[DATA])
    peer.chunk(content)
    async with asyncio.timeout(20):
        while not peer.calls:  # noqa: ASYNC110 - it takes a turn or two
            await asyncio.sleep(0)
    [call] = peer.calls
    assert call.media == b""
    assert media_chunks.read(await peer.parcels.frames(b"", call.parcel, 1 << 30)) == {"m1": content}
    # What it called is passed on to it again, as if another uplink had asked.
    passing = asyncio.create_task(peer.link.call(call))
    async with asyncio.timeout(20):
        while not isinstance(peer.sent[-1] if peer.sent else None, bytes):  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert peer.sent[-1] == content
    peer.say(id=peer.sent[0]["id"], response=None, objects=[{**DATA, "path": ["response"]}])
    peer.chunk(content, request=peer.sent[0]["id"])
    answer = await passing
    assert answer is not None
    assert answer.parcel is not None
    peer.held.set()
    await peer.heard()
    assert media_chunks.read(await peer.parcels.frames(b"", answer.parcel, 1 << 30)) == {"m1": content}
    assert len(peer.parcels) == 0
    assert peer.room.take(10_000_000)


async def test_media_that_are_gone_are_an_error_for_who_asked() -> None:
    peer = Peer()
    call = ServiceCall("s1", "", "r1", "w1", "route", "", "g", {"args": []}, parcel=Parcel("s1", "unknown", 5))

    answer = await peer.link.call(call)

    assert answer is not None
    assert answer.message["error"]["message"] == "This Media is not there any more."


async def test_a_call_that_ends_gives_its_room_back() -> None:
    peer = Peer(room=1100)
    for number in range(3):
        peer.call(f"c{number}", args=[None], objects=[DATA])
        peer.chunk(b"x" * 1000, request=f"c{number}")
        await peer.heard(f"c{number}")
        await asyncio.sleep(0)
    peer.held.clear()
    peer.call(args=[None], objects=[DATA])
    peer.chunk(b"x" * 1000)
    peer.link.close()
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert peer.room.take(1100)


async def test_chunks_out_of_order_are_refused() -> None:
    peer = Peer()
    peer.call(args=[None], objects=[DATA])
    peer.chunk(b"x", 1)

    assert (await peer.heard())["error"]["type"] == "anvil.server.SerializationError"


async def test_s_46_media_that_stall_are_given_up() -> None:
    peer = Peer(stall_s=0.01)
    peer.call(args=[None], objects=[DATA])

    error = (await peer.heard())["error"]
    assert (error["type"], error["message"]) == ("anvil.server.TimeoutError", "Timeout during media transfer")
    waiting = await peer.begin()
    peer.say(id=peer.sent[-1]["id"], response=None, objects=[{**DATA, "path": ["response"]}])
    answer = await waiting
    assert answer is not None
    assert answer.message["error"]["message"] == "Timeout during media transfer"


async def test_a_message_that_is_too_large_is_answered() -> None:
    peer = Peer()
    peer.call(args=["x" * 80_000])
    assert "Tried to pass too much data" in (await peer.heard())["error"]["message"]
    peer.sent.clear()

    waiting = await peer.begin()
    peer.say(id=peer.sent[0]["id"], response="x" * 80_000, objects=[])
    answer = await waiting
    assert answer is not None
    assert "This function returned too much data" in answer.message["error"]["message"]
    peer.say(id="nobody", response="x" * 80_000, objects=[])


@pytest.mark.parametrize(
    "error", ["text", {}, {"type": 7, "message": None, "trace": 7}, {"type": "x" * 999, "secret": 1}]
)
async def test_an_error_of_a_peer_is_only_an_error(error: Any) -> None:
    peer = Peer()
    waiting = await peer.begin()
    peer.say(id=peer.sent[0]["id"], error=error)

    answer = await waiting
    assert answer is not None
    said = answer.message["error"]
    assert set(said) == {"type", "message", "trace"}
    assert len(said["type"]) <= 200
    assert isinstance(said["trace"], list)


async def test_answers_that_nobody_waits_for_are_dropped() -> None:
    peer = Peer()
    peer.say(id="server-unknown", response=1)
    peer.say(type="MEDIA_ERROR", requestId="c9", mediaIds=["m1"], cause=7)
    peer.say(output="hello", id=None)
    peer.chunk(b"x", request="c9")

    assert peer.sent == []


async def test_k_11_who_waits_is_told_when_the_link_goes() -> None:
    peer = Peer()
    waiting = await peer.begin("slow")
    peer.link.close()

    answer = await waiting
    assert answer is not None
    assert answer.message["error"]["type"] == "anvil.server.UplinkDisconnectedError"
    assert await peer.link.call(peer_call()) is None


async def test_k_07_a_client_registers_nothing() -> None:
    with pytest.raises(LinkError, match="unprivileged"):
        Peer("client").say(type="REGISTER", name="f")


async def test_registrations_are_bounded() -> None:
    peer = Peer()
    for number in range(names.MAX_NAMES):
        peer.say(type="REGISTER", name=f"f{number}")
    with pytest.raises(LinkError, match="at most"):
        peer.say(type="REGISTER", name="another")


@pytest.mark.parametrize(
    ("pattern", "name", "is_match"),
    [
        ("add", "add", True),
        ("add", "add2", False),
        ("add", "xadd", False),
        ("number-[0-9]+", "number-17", True),
        ("number-[0-9]+", "number-", False),
        ("route:/up/([^/]*)", "route:/up/7", True),
        ("route:/up/([^/]*)", "route:/up/7/8", False),
        ("a|b", "b", True),
        ("a|b", "bc", False),
        ("(a*)*b", "a" * 100_000, False),
    ],
)
def test_names_stand_for_whole_names(pattern: str, name: str, is_match: bool) -> None:
    assert names.matches(frozenset({names.check(pattern)}), name) is is_match


def peer_call() -> ServiceCall:
    return ServiceCall("s2", "", "r1", "w1", "route", "", "g")
