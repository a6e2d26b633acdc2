"""Addresses that are this machine's or Widgetry's own, kept current: no sandbox reaches them, whatever is lifted."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import struct
from collections.abc import Iterator, Sequence

from widget_model.addresses import IPAddress

_log = logging.getLogger(__name__)

_REFRESH_S = 30.0
#: rtnetlink's numbers (linux/rtnetlink.h, linux/if_addr.h).
_RTM_NEWADDR, _RTM_GETADDR, _NLMSG_ERROR, _NLMSG_DONE = 20, 22, 2, 3
_REQUEST_DUMP = 0x301
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_GROUPS_OF_ADDRESSES = 0x10 | 0x100
_HEADER = struct.Struct("=IHHII")
_IFADDRMSG = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")


def read_interface_addresses() -> frozenset[IPAddress]:
    """Return every address of every interface in this network namespace, as the kernel says."""
    found: set[IPAddress] = set()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as link:
        link.settimeout(2.0)
        body = _IFADDRMSG.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        link.send(_HEADER.pack(_HEADER.size + len(body), _RTM_GETADDR, _REQUEST_DUMP, 1, 0) + body)
        while True:
            for kind, payload in _messages(link.recv(65536)):
                if kind == _NLMSG_DONE:
                    return frozenset(found)
                if kind == _NLMSG_ERROR:
                    raise OSError("the kernel refused to list the interfaces' addresses")
                if kind == _RTM_NEWADDR:
                    found.update(_addresses(payload))


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size:
            return
        yield kind, data[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def _addresses(payload: bytes) -> Iterator[IPAddress]:
    """Yield both the local address and, on a point-to-point link, the one of its far end."""
    at = _IFADDRMSG.size
    while at + _ATTRIBUTE.size <= len(payload):
        length, kind = _ATTRIBUTE.unpack_from(payload, at)
        if length < _ATTRIBUTE.size:
            return
        value = payload[at + _ATTRIBUTE.size : at + length]
        if kind in (_IFA_ADDRESS, _IFA_LOCAL) and len(value) in (4, 16):
            yield ipaddress.ip_address(value)
        at += (length + 3) & ~3


class OwnAddresses:
    """The interface addresses plus those of the operator's denied hosts.

    The kernel tells of every new address at once; besides, all is read again every 30 s. A denied name that can't be
    resolved keeps the addresses it had.
    """

    def __init__(self, hosts: Sequence[str] = ()) -> None:
        self._hosts = tuple(hosts)
        self._interfaces: frozenset[IPAddress] = frozenset()
        self._resolved: dict[str, frozenset[IPAddress]] = {}
        self.current: frozenset[IPAddress] = frozenset()
        self._changes: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read everything once and keep it current until ``close``."""
        changes = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE)
        changes.bind((0, _GROUPS_OF_ADDRESSES))
        self._changes = changes
        asyncio.get_running_loop().add_reader(changes.fileno(), self._changed)
        await self.refresh()
        self._task = asyncio.create_task(self._keep_current())

    async def close(self) -> None:
        """Stop watching."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._changes is not None:
            asyncio.get_running_loop().remove_reader(self._changes.fileno())
            self._changes.close()

    async def refresh(self) -> None:
        """Read the interfaces and resolve the denied hosts again."""
        self._read_interfaces()
        loop = asyncio.get_running_loop()
        for host in self._hosts:
            try:
                infos = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            except OSError as error:
                _log.warning("the denied host %s can't be resolved (%s); kept: %s", host, error, self._kept(host))
                continue
            self._resolved[host] = frozenset(ipaddress.ip_address(str(info[4][0]).partition("%")[0]) for info in infos)
        self._combine()

    def _kept(self, host: str) -> str:
        return ", ".join(map(str, self._resolved.get(host, ()))) or "nothing yet"

    def _read_interfaces(self) -> None:
        self._interfaces = read_interface_addresses()
        self._combine()

    def _combine(self) -> None:
        self.current = self._interfaces.union(*self._resolved.values())

    def _changed(self) -> None:
        assert self._changes is not None
        # ENOBUFS only says that some of the news was lost; all is read anew anyway.
        with contextlib.suppress(BlockingIOError, OSError):
            while self._changes.recv(65536):
                pass
        self._read_interfaces()

    async def _keep_current(self) -> None:
        while True:
            await asyncio.sleep(_REFRESH_S)
            try:
                await self.refresh()
            except OSError:
                _log.exception("the interfaces' addresses could not be read; the last ones stay")
