"""What a sandbox sends is hostile: whatever it is, it is answered or dropped, and never an exception of ours."""

import asyncio

import dns.message
from hypothesis import given, settings
from hypothesis import strategies as st

from widget_egress.connect_proxy import _AnswerError, _parse
from widget_egress.dns import DnsForwarder

A_QUERY = dns.message.make_query("api.example", "A", use_edns=0).to_wire()


def answer(wire: bytes, *, stream: bool = False) -> bytes | None:
    async def ask() -> bytes | None:
        return await DnsForwarder(lambda: ()).answer(wire, stream=stream)

    return asyncio.run(ask())


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600), st.booleans())
def test_any_bytes_are_answered_or_dropped(wire: bytes, stream: bool) -> None:
    reply = answer(wire, stream=stream)

    assert reply is None or reply[:2] == wire[:2]


@settings(max_examples=300, deadline=None)
@given(st.integers(2, len(A_QUERY) - 1), st.binary(min_size=1, max_size=4))
def test_so_is_a_query_with_a_few_bytes_changed(at: int, change: bytes) -> None:
    reply = answer(A_QUERY[:at] + change + A_QUERY[at + len(change) :])

    assert reply is None or reply[:2] == A_QUERY[:2]


def test_without_a_resolver_a_query_fails_and_says_so() -> None:
    reply = answer(A_QUERY)

    assert reply is not None
    assert dns.message.from_wire(reply).rcode().name == "SERVFAIL"


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=100).map(lambda text: f"CONNECT {text} HTTP/1.1".encode())))
def test_any_head_is_a_target_or_a_400(head: bytes) -> None:
    host, port, status = outcome(head + b"\r\n\r\n")

    assert status == 400 or (host and 0 < port < 65536)


def outcome(head: bytes) -> tuple[str, int, int]:
    try:
        target = _parse(head)
    except _AnswerError as error:
        return "", 0, error.status
    return target.host, target.port, 0
