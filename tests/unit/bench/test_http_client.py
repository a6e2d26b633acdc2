import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_bench.http_client import Answer, AsyncConnection, Connection, parse, request_bytes
from widget_bench.samples import BenchError

LENGTH = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
NOTHING = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("wire", "status", "body", "stays"),
    [(LENGTH, 200, b"hello", True), (CHUNKED, 201, b"hello", True), (NOTHING, 204, b"", False)],
)
def test_it_reads_a_response_however_it_is_framed(wire: bytes, status: int, body: bytes, stays: bool) -> None:
    found = parse(wire)

    assert found is not None
    assert (found[0].status, found[0].body, found[1]) == (status, body, stays)


@given(st.sampled_from([LENGTH, CHUNKED]), st.data())
def test_a_part_of_a_response_is_not_one(wire: bytes, data: st.DataObject) -> None:
    # The last chunk's end may be missing its own empty line.
    cut = data.draw(st.integers(0, len(wire) - 3))

    assert parse(wire[:cut]) is None


def test_it_refuses_a_response_whose_end_it_can_not_know() -> None:
    with pytest.raises(BenchError, match="neither a length nor chunks"):
        parse(b"HTTP/1.1 200 OK\r\n\r\nabc")


@contextlib.contextmanager
def a_server(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        serve(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def one_answer(connection: socket.socket) -> None:
    """Answer one request, and close without a word, as a server does whose patience ends."""
    if connection.recv(65536):
        connection.sendall(LENGTH)


def test_it_connects_again_when_the_server_closed() -> None:
    with a_server(one_answer) as port:
        connection = Connection("127.0.0.1", port)
        answers = [connection.request(request_bytes("GET", "/", "x")) for _ in range(3)]
        connection.close()

    assert answers == [Answer(200, (("content-length", "5"), ("x-a", "b")), b"hello")] * 3


async def test_so_does_the_one_for_many_at_once() -> None:
    with a_server(one_answer) as port:
        connection = AsyncConnection("127.0.0.1", port)
        answers = [await connection.request(request_bytes("GET", "/", "x")) for _ in range(3)]
        connection.close()

    assert [answer.body for answer in answers] == [b"hello"] * 3


def test_a_server_that_never_answers_is_an_error() -> None:
    with a_server(lambda connection: None) as port:
        connection = Connection("127.0.0.1", port)
        with pytest.raises(BenchError, match="without an answer"):
            connection.request(request_bytes("GET", "/", "x"))


def test_a_request_has_its_host_and_the_length_of_its_body() -> None:
    assert request_bytes("POST", "/a", "w.localhost:1", {"X": "y"}, b"{}") == (
        b"POST /a HTTP/1.1\r\nHost: w.localhost:1\r\nX: y\r\nContent-Length: 2\r\n\r\n{}"
    )
