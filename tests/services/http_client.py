"""A client of one connection per request that sends exactly the bytes it is told, and reads the answer strictly."""

import asyncio
from dataclasses import dataclass, field

Pairs = list[tuple[str, str]]


@dataclass
class Answer:
    """What came back."""

    status: int
    pairs: Pairs
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.pairs if key == name.lower()]
        return found[0] if found else None

    def headers(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name.lower()]


@dataclass
class Client:
    """Asks one server, as one host."""

    port: int
    host: str
    headers: Pairs = field(default_factory=list)
    address: str = "127.0.0.1"

    async def __call__(
        self, method: str, target: str, *, headers: Pairs | None = None, body: bytes = b"", host: str | None = None
    ) -> Answer:
        pairs = [("Host", host or self.host), *self.headers, *(headers or [])]
        if body:
            pairs.append(("Content-Length", str(len(body))))
        head = "".join(f"{name}: {value}\r\n" for name, value in [*pairs, ("Connection", "close")])
        return await self.raw(f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body, head_only=method == "HEAD")

    async def get(self, target: str, **more: str) -> Answer:
        return await self("GET", target, headers=[(name.replace("_", "-"), value) for name, value in more.items()])

    async def post(self, target: str, body: bytes, content_type: str | None = None) -> Answer:
        return await self("POST", target, body=body, headers=[("Content-Type", content_type)] if content_type else None)

    async def raw(self, data: bytes, *, head_only: bool = False, timeout_s: float = 30) -> Answer:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(self.address, self.port)
            try:
                writer.write(data)
                return await read_answer(reader, head_only=head_only)
            finally:
                writer.close()


async def read_answer(reader: asyncio.StreamReader, *, head_only: bool = False) -> Answer:
    """Read one response; IncompleteReadError for one that breaks off."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ")[1])
    pairs = [(line.partition(":")[0].lower(), line.partition(":")[2].strip()) for line in head[1:] if line]
    known = dict(pairs)
    if head_only or status in (204, 304):
        return Answer(status, pairs, b"")
    if "content-length" in known:
        return Answer(status, pairs, await reader.readexactly(int(known["content-length"])))
    if known.get("transfer-encoding") != "chunked":
        return Answer(status, pairs, await reader.read())
    pieces = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readline()
    return Answer(status, pairs, b"".join(pieces))
