"""The sandbox's network: an empty namespace in which every connection ends at a listener that we hand out.

The egress proxy accepts on that listener from outside, reads where the connection wanted to go, and decides. No bridge,
no route to anything: what is not redirected is refused.
"""

import fcntl
import os
import socket
import struct

from widget_guest import syscalls
from widget_wire.control import EGRESS_PORT

_IP = "/usr/sbin/ip"
_NFT = "/usr/sbin/nft"
#: An address for documentation (RFC 5737): never anybody's, so nothing is hidden by it.
_OWN_ADDRESS = "192.0.2.10"

_IP_BATCH = f"""addr add {_OWN_ADDRESS}/32 dev lo
route add default dev lo src {_OWN_ADDRESS}
"""

# Replies of the DNS socket are caught by the reject rule unless established ones pass first.
_NFT_RULES = f"""table ip egress {{
 chain redirect_all {{
  type nat hook output priority -100; policy accept;
  ip daddr != 127.0.0.0/8 meta l4proto tcp redirect to :{EGRESS_PORT}
  udp dport 53 redirect to :{EGRESS_PORT}
 }}
 chain refuse_rest {{
  type filter hook output priority 0; policy accept;
  ct state established accept
  ip daddr 127.0.0.0/8 accept
  meta l4proto != tcp reject
 }}
}}
table ip6 egress {{
 chain refuse_all {{
  type filter hook output priority 0; policy accept;
  ip6 daddr ::1 accept
  reject
 }}
}}
"""

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_BACKLOG = 128


class NetworkError(Exception):
    """A program that sets up the network failed; the text is what it said."""


def set_up(wanted: str, own_namespace: bool) -> tuple[str, list[socket.socket]]:
    """Set up the network and return what it became ("transparent", "proxy" or "none") with the sockets to hand out.

    ``wanted`` is the most that is tried. "transparent" comes with the TCP listener and the UDP socket for DNS, "proxy"
    (HTTP and HTTPS by proxy variables) with the listener alone.
    """
    if own_namespace:
        syscalls.unshare(syscalls.CLONE_NEWNET)
    try:
        _raise_loopback()
    except OSError:
        return "none", []
    if wanted == "none":
        return "none", []
    egress = "proxy"
    if wanted == "transparent":
        try:
            _redirect_everything()
            egress = "transparent"
        except (NetworkError, OSError):
            egress = "proxy"
    return egress, _listeners(egress)


def proxy_environment() -> dict[str, str]:
    """Return the variables that send HTTP clients to the listener, for the kind "proxy"."""
    address = f"http://127.0.0.1:{EGRESS_PORT}"
    names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
    return {**dict.fromkeys(names, address), "NO_PROXY": "localhost,127.0.0.1", "no_proxy": "localhost,127.0.0.1"}


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(control, _SIOCGIFFLAGS, request), 16)
        if not flags & _IFF_UP:
            fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


def _redirect_everything() -> None:
    _run([_IP, "-batch", "-"], _IP_BATCH)
    _run([_NFT, "-f", "-"], _NFT_RULES)


def _listeners(egress: str) -> list[socket.socket]:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", EGRESS_PORT))
    listener.listen(_BACKLOG)
    if egress != "transparent":
        return [listener]
    names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    names.bind(("127.0.0.1", EGRESS_PORT))
    return [listener, names]


def _run(command: list[str], text: str) -> None:
    """Run a program of the image with ``text`` as its input; the subprocess module would stay in every run's memory."""
    if not os.access(command[0], os.X_OK):
        raise NetworkError(f"{command[0]} is not in the image")
    input_end, our_end = os.pipe()
    error_end, their_error = os.pipe()
    pid = os.posix_spawn(
        command[0],
        command,
        {"PATH": "/usr/sbin:/usr/bin"},
        file_actions=[(os.POSIX_SPAWN_DUP2, input_end, 0), (os.POSIX_SPAWN_DUP2, their_error, 2)],
    )
    os.close(input_end)
    os.close(their_error)
    os.write(our_end, text.encode())
    os.close(our_end)
    said = os.read(error_end, 4096)
    os.close(error_end)
    _, status = os.waitpid(pid, 0)
    if status:
        raise NetworkError(f"{' '.join(command)}: {said.decode(errors='replace').strip()}")
