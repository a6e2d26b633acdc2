"""A small Internet: a proxy's namespace, the world behind it that answers at every address, and counters of packets."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator

import dns.flags
import dns.message
import dns.rrset
from tests.services.egress.namespaces import Namespace

#: The proxy's own address, on its outer interface: public, and still refused.
PROXY_ADDRESS = "44.255.254.1"
PROXY_ADDRESS_6 = "2a01:db8:1::1"
WORLD_ADDRESS = "44.255.254.2"
WORLD_ADDRESS_6 = "2a01:db8:1::2"
#: A public address in the world, and a private one that the operator allowed.
PUBLIC = "44.255.1.1"
PUBLIC_6 = "2a01:db8:5::1"
ALLOWED = "10.77.0.5"
ALLOWED_CIDR = "10.77.0.0/24"
#: Answers "hello" and then echoes.
ECHO_PORT = 7777

# Output of the proxy's namespace. `dialled` counts every first packet of a TCP connection to anywhere, loopback and
# refused-by-nobody included; `stray` counts whatever is neither for the world's DNS nor TCP.
_COUNTERS = f"""table inet watch {{
 counter dialled {{ }}
 counter stray {{ }}
 chain out {{
  type filter hook output priority -300; policy accept;
  tcp flags & (syn | ack) == syn counter name dialled
  meta l4proto tcp accept
  ip daddr {WORLD_ADDRESS} udp dport 53 accept
  icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld2-listener-report }} accept
  counter name stray
 }}
}}
"""


class World:
    """Two namespaces with a wire between them; the far one answers at every address there is."""

    def __init__(self) -> None:
        self._stack = contextlib.ExitStack()
        #: What the DNS server answers: name -> list of (kind, text) sets, one set per query, the last one stays.
        self.names: dict[str, list[list[tuple[str, str]]]] = {}
        self.asked: list[str] = []

    def build(self) -> None:
        """Make the namespaces and start what answers in them."""
        self.proxy = Namespace("proxy")
        self._stack.callback(self.proxy.close)
        self.far = Namespace("far")
        self._stack.callback(self.far.close)
        self._wire()
        for namespace in (self.far, self.proxy):
            for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
                self._serve_tcp(namespace, family, address, ECHO_PORT, _echo)
        self._serve_tcp(self.far, socket.AF_INET, "0.0.0.0", 80, _http)
        self._serve_tcp(self.far, socket.AF_INET, WORLD_ADDRESS, 53, self._dns_stream)
        self._serve_dns()

    def close(self) -> None:
        self._stack.close()

    def _wire(self) -> None:
        self.proxy.ip(f"link add outside type veth peer name inside netns {self.far.name}")
        for namespace, name, mine, mine_6, other, other_6 in (
            (self.proxy, "outside", PROXY_ADDRESS, PROXY_ADDRESS_6, WORLD_ADDRESS, WORLD_ADDRESS_6),
            (self.far, "inside", WORLD_ADDRESS, WORLD_ADDRESS_6, PROXY_ADDRESS, PROXY_ADDRESS_6),
        ):
            namespace.ip(
                f"addr add {mine}/30 dev {name}",
                f"-6 addr add {mine_6}/64 dev {name} nodad",
                f"link set {name} up",
                f"route add default via {other}",
                f"-6 route add default via {other_6}",
            )
        # The far side takes packets for any address as its own, but those on the wire.
        self.far.ip(
            "route add 44.255.254.0/30 dev inside table local",
            "route add local default dev lo table local",
            "-6 route add 2a01:db8:1::/64 dev inside table local",
            "-6 route add local default dev lo table local",
        )
        self.proxy.nft(_COUNTERS)

    # -- counters

    def _count(self, name: str) -> int:
        found = re.search(r"packets (\d+)", self.proxy.nft(f"list counter inet watch {name}\n"))
        assert found is not None
        return int(found[1])

    @property
    def dialled(self) -> int:
        """How many TCP connections were begun from the proxy's namespace, to anywhere."""
        return self._count("dialled")

    @property
    def stray(self) -> int:
        """How many packets left that are neither TCP nor a query to the resolver."""
        return self._count("stray")

    # -- services

    def _serve_tcp(
        self, namespace: Namespace, family: int, address: str, port: int, serve: Callable[[socket.socket], None]
    ) -> None:
        def listen() -> socket.socket:
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, port))
            listener.listen(128)
            return listener

        listener = namespace.inside(listen)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_guarded, args=(serve, connection), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        self._stack.callback(_end, listener, thread)

    def _serve_dns(self) -> None:
        def bind() -> socket.socket:
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.bind((WORLD_ADDRESS, 53))
            return server

        server = self.far.inside(bind)

        def answer() -> None:
            while True:
                try:
                    wire, sender = server.recvfrom(4096)
                except OSError:
                    return
                if wire == b"end":
                    return
                server.sendto(self._dns_answer(wire).to_wire(max_size=1232, prefer_truncation=True), sender)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()

        def end() -> None:
            def poke() -> None:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                    client.sendto(b"end", (WORLD_ADDRESS, 53))

            self.far.inside(poke)
            thread.join(5)
            server.close()

        self._stack.callback(end)

    def _dns_answer(self, wire: bytes) -> dns.message.Message:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text().rstrip(".")
        self.asked.append(f"{name} {question.rdtype.name}")
        answers = self.names.get(name, [[]])
        now = answers.pop(0) if len(answers) > 1 and question.rdtype.name == "A" else answers[0]
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        texts = [text for kind, text in now if kind == question.rdtype.name]
        if texts:
            reply.answer.append(dns.rrset.from_text(question.name, 1, "IN", question.rdtype.name, *texts))
        return reply

    def _dns_stream(self, connection: socket.socket) -> None:
        size = int.from_bytes(connection.recv(2, socket.MSG_WAITALL))
        reply = self._dns_answer(connection.recv(size, socket.MSG_WAITALL)).to_wire(max_size=65535)
        connection.sendall(len(reply).to_bytes(2) + reply)


def _end(listener: socket.socket, thread: threading.Thread) -> None:
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def _guarded(serve: Callable[[socket.socket], None], connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        serve(connection)


def _echo(connection: socket.socket) -> None:
    connection.sendall(b"hello")
    while data := connection.recv(65536):
        connection.sendall(data)


def _http(connection: socket.socket) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    body = b"seen: " + head.split(b"\r\n", 1)[0]
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)


@contextlib.contextmanager
def a_world() -> Iterator[World]:
    """A world that is gone afterwards."""
    world = World()
    try:
        world.build()
        yield world
    finally:
        world.close()
