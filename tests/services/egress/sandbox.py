"""A sandbox's network without the sandbox: an empty namespace whose every connection ends at one listener."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from typing import TypeVar

import dns.message
import dns.query
from tests.services.egress.namespaces import Namespace

_T = TypeVar("_T")
PORT = 3128
RESOLVER = "192.0.2.53"
CONNECT_S = 15.0

_RULES = f"""table ip egress {{
 chain redirect_all {{
  type nat hook output priority -100; policy accept;
  ip daddr != 127.0.0.0/8 meta l4proto tcp redirect to :{PORT}
  udp dport 53 redirect to :{PORT}
 }}
 chain refuse_rest {{
  type filter hook output priority 0; policy accept;
  ct state established accept
  ip daddr 127.0.0.0/8 accept
  meta l4proto != tcp reject
 }}
}}
table ip6 egress {{
 chain refuse_all {{ type filter hook output priority 0; policy accept; ip6 daddr ::1 accept; reject; }}
}}
"""


class FakeSandbox:
    """What a supervisor sets up (spec/sandbox.md section 8), made by the test itself."""

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        self.kind = kind
        self.namespace = Namespace(name)
        if kind == "transparent":
            self.namespace.ip("addr add 192.0.2.10/32 dev lo", "route add default dev lo src 192.0.2.10")
            self.namespace.nft(_RULES)
        self._sockets = self.namespace.inside(self._listen)

    def _listen(self) -> list[socket.socket]:
        listener = socket.socket()
        listener.bind(("127.0.0.1", PORT))
        listener.listen(128)
        if self.kind == "proxy":
            return [listener]
        names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        names.bind(("127.0.0.1", PORT))
        return [listener, names]

    def descriptors(self) -> list[int]:
        """Return duplicates of the listener and the DNS socket, for whoever takes them over."""
        return [os.dup(end.fileno()) for end in self._sockets]

    def close(self) -> None:
        for end in self._sockets:
            end.close()
        self.namespace.close()

    def run(self, work: Callable[[], _T]) -> _T:
        """Run ``work`` with the sandbox's network."""
        return self.namespace.inside(work)

    def connect(self, address: str, port: int) -> socket.socket:
        """Return a connection as user code makes it."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET

        def dial() -> socket.socket:
            connection = socket.socket(family)
            try:
                connection.settimeout(CONNECT_S)
                connection.connect((address, port))
            except BaseException:
                connection.close()
                raise
            return connection

        return self.run(dial)

    def greeting(self, address: str, port: int) -> bytes:
        """Connect, and return the first bytes that come."""
        with self.connect(address, port) as connection:
            return exactly(connection, 5)

    def through_proxy(self, head: str) -> bytes:
        """Send ``head`` to the explicit proxy and return everything that it answers."""
        with self.connect("127.0.0.1", PORT) as connection:
            connection.sendall(head.encode() + b"\r\n\r\n")
            connection.settimeout(CONNECT_S)
            answer = b""
            while not answer.endswith(b"hello") and (data := connection.recv(65536)):
                answer += data
            return answer

    def ask(self, name: str, kind: str = "A", *, tcp: bool = False) -> dns.message.Message:
        """Ask the resolver that the sandbox's resolv.conf names."""
        query = dns.message.make_query(name, kind)
        how = dns.query.tcp if tcp else dns.query.udp
        return self.run(lambda: how(query, RESOLVER, timeout=CONNECT_S))


def is_reset(work: Callable[[], object]) -> bool:
    """Say whether ``work`` ends in a reset connection."""
    try:
        work()
    except ConnectionResetError:
        return True
    return False


def exactly(connection: socket.socket, size_bytes: int) -> bytes:
    """Return so many bytes; fewer when the connection ends before."""
    data = b""
    while len(data) < size_bytes and (more := connection.recv(size_bytes - len(data))):
        data += more
    return data


def bulk(connection: socket.socket, size_bytes: int) -> int:
    """Send bytes to an echo, end, and return how many came back."""
    chunk = bytes(262144)

    def send() -> None:
        with contextlib.suppress(ConnectionError):
            for _ in range(size_bytes // len(chunk)):
                connection.sendall(chunk)
            connection.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    got = 0
    with contextlib.suppress(ConnectionError):
        while data := connection.recv(1 << 20):
            got += len(data)
    sender.join()
    return got
