"""Media on their way between processes: what is too large for its message stays on disk, and is asked for in parts.

The media of a call or an answer are frames (``media_chunks``). Up to WHOLE_BYTES go with their message. More is a
*parcel*: kept by the process that took it in, its holder, in a file without a name (``Spool``); the message says where.
Whoever needs the media asks the holder for parts, a window of them at a time, and hands on only what has arrived whole.
So no process has more of it in memory than a window, Redis no more than that of each transfer, and a transfer that
breaks off, for whatever reason, is an error and never half a Media.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from widget_wire import keys, media_chunks
from widget_wire.body_parts import PART_BYTES, WINDOW_PARTS
from widget_wire.media_budget import MediaBudget
from widget_wire.parcel import DONE, PART, WANT, Parcel, ParcelError, ParcelMessage
from widget_wire.spool import NoRoomError, Spool

#: A parcel that is given away and that nobody asks for is forgotten after so long.
IDLE_S = 60.0
#: A part that has not come by then is asked for again; after LOST_S without any the holder is gone.
AGAIN_S = 5.0
LOST_S = 30.0


class _Held:
    """A parcel that others may ask for."""

    def __init__(self, spool: Spool, forget: Callable[[], None] | None) -> None:
        self.spool = spool
        #: For one that is given away: what ends it once nobody asks any more.
        self._forget = forget
        self._idle: asyncio.TimerHandle | None = None
        self.touch()

    @property
    def is_given(self) -> bool:
        """Whether it ends when its taker has it."""
        return self._forget is not None

    def touch(self) -> None:
        """Somebody asked for it."""
        if self._forget is not None:
            self.rest()
            self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._forget)

    def rest(self) -> None:
        """Expect nobody any more."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


class _Transfer:
    """A parcel on its way here."""

    def __init__(self, parcel: Parcel, spool: Spool) -> None:
        self._size_bytes = parcel.size_bytes
        self._spool = spool
        self.parts = -(-parcel.size_bytes // PART_BYTES)
        self.asked = 0
        self.next = 0
        self._early: dict[int, bytes] = {}
        self.failed: Exception | None = None
        self.moved = asyncio.Event()

    def take(self, given: ParcelMessage) -> None:
        """Take a part; one that is here already, or was not asked for, is dropped."""
        if given.gone:
            self.failed = ParcelError("Whoever had this Media is gone.")
        elif self.next <= given.part < self.asked:
            self._early[given.part] = given.data
        try:
            while self.failed is None and self.next in self._early:
                self._write(self._early.pop(self.next))
        except (NoRoomError, OSError) as error:
            self.failed = error
        self.moved.set()

    def _write(self, data: bytes) -> None:
        if len(data) != min(PART_BYTES, self._size_bytes - self.next * PART_BYTES):
            self.failed = ParcelError("A part of this Media did not arrive whole.")
            return
        self._spool.write(data)
        self.next += 1


class Parcels:
    """The parcels of one process; ``take`` gets what comes on its list, ``push`` puts something on another's.

    ``push`` does not wait and may lose messages: what matters is asked for again.
    """

    def __init__(self, name: str, folder: Path | None, room: MediaBudget, push: Callable[[str, bytes], None]) -> None:
        self.name = name
        self._folder = folder
        self._room = room
        self._push = push
        self._held: dict[str, _Held] = {}
        self._transfers: dict[str, _Transfer] = {}
        #: Set while others may ask for none.
        self.emptied = asyncio.Event()
        self.emptied.set()

    def __len__(self) -> int:
        """How many parcels others may ask for."""
        return len(self._held)

    def spool(self, *more: MediaBudget) -> Spool:
        """Return an empty spool within the room of this process, and further budgets."""
        return Spool(self._folder, (self._room, *more))

    # --- giving

    def post(self, spool: Spool, *, keep: bool = False) -> tuple[bytes, Parcel | None]:
        """Take over media and return what a message carries of them: all, or where they are.

        A parcel is forgotten when its taker has it, or nobody asks for it for IDLE_S; one to ``keep`` (the media of a
        call, which whoever answers may need more than once) when it is dropped.
        """
        if spool.is_whole:
            content = spool.content()
            spool.close()
            return content, None
        parcel = Parcel(self.name, secrets.token_hex(16), spool.size_bytes)
        forget = None if keep else lambda: self.drop(parcel)
        self._held[parcel.id] = _Held(spool, forget)
        self.emptied.clear()
        return b"", parcel

    def posted(self, media: bytes) -> tuple[bytes, Parcel | None]:
        """Return what a message carries of these media; NoRoomError when there is no room for large ones."""
        spool = self.spool()
        try:
            spool.write(media)
        except (NoRoomError, OSError):
            spool.close()
            raise
        return self.post(spool)

    def drop(self, parcel: Parcel | None) -> None:
        """Forget a parcel of this process; idempotent."""
        held = self._held.pop(parcel.id, None) if parcel is not None else None
        if held is not None:
            held.rest()
            held.spool.close()
        if not self._held:
            self.emptied.set()

    # --- taking

    async def fetch(self, parcel: Parcel) -> Spool:
        """Return all of a parcel, wherever it is; whoever asked closes it. ParcelError when it does not arrive."""
        if parcel.holder == self.name:
            return self._own(parcel)
        transfer_id, spool = secrets.token_hex(16), self.spool()
        transfer = self._transfers[transfer_id] = _Transfer(parcel, spool)
        try:
            await self._arrive(parcel, transfer_id, transfer)
        except BaseException:
            spool.close()
            raise
        finally:
            del self._transfers[transfer_id]
            self._tell(parcel.holder, ParcelMessage(DONE, parcel.id))
        return spool

    @contextlib.asynccontextmanager
    async def chunks(
        self, media: bytes, parcel: Parcel | None
    ) -> AsyncIterator[Iterator[tuple[dict[str, Any], bytes | memoryview]]]:
        """Have header and bytes of each chunk of a message's media inside the block; ParcelError."""
        if parcel is None:
            yield media_chunks.chunks(media)
            return
        spool = await self.fetch(parcel)
        try:
            yield media_chunks.of_parts(spool.parts())
        finally:
            spool.close()

    async def frames(self, media: bytes, parcel: Parcel | None, max_bytes: int) -> bytes:
        """Return a message's media in memory, for who takes them in no other way; ParcelError when it is too much."""
        if parcel is None:
            return media
        if parcel.size_bytes > max_bytes:
            text = f"At most {max_bytes // (1024 * 1024)} MB of Media are taken here."
            raise ParcelError(text, "anvil.server.SerializationError")
        spool = await self.fetch(parcel)
        try:
            return spool.everything()
        finally:
            spool.close()

    # --- what others say

    def take(self, data: bytes) -> None:
        """Take what came on this process's list; EnvelopeError when it is nothing of the kind."""
        said = ParcelMessage.from_envelope(data)
        if said.what == PART:
            transfer = self._transfers.get(said.id)
            if transfer is not None:
                transfer.take(said)
            return
        held = self._held.get(said.id)
        if said.what == WANT:
            part = ParcelMessage(PART, said.transfer, said.part, gone=True)
            if held is not None:
                held.touch()
                part = ParcelMessage(PART, said.transfer, said.part, data=held.spool.part(said.part))
            self._tell(said.to, part)
        elif said.what == DONE and held is not None and held.is_given:
            self.drop(Parcel(self.name, said.id, 0))

    def close(self) -> None:
        """Forget everything; whoever waits for a parcel hears that it is gone."""
        for parcel_id in list(self._held):
            self.drop(Parcel(self.name, parcel_id, 0))
        for transfer in self._transfers.values():
            transfer.take(ParcelMessage(PART, "", gone=True))

    def _own(self, parcel: Parcel) -> Spool:
        held = self._held.get(parcel.id)
        if held is None:
            raise ParcelError("This Media is not there any more.")
        spool = held.spool.share()
        if held.is_given:
            self.drop(parcel)
        return spool

    async def _arrive(self, parcel: Parcel, transfer_id: str, transfer: _Transfer) -> None:
        loop = asyncio.get_running_loop()
        silent_s = 0.0
        while transfer.next < transfer.parts:
            before = transfer.next
            while transfer.asked < min(transfer.parts, transfer.next + WINDOW_PARTS):
                self._tell(parcel.holder, ParcelMessage(WANT, parcel.id, transfer.asked, self.name, transfer_id))
                transfer.asked += 1
            transfer.moved.clear()
            timer = loop.call_later(AGAIN_S, transfer.moved.set)
            try:
                await transfer.moved.wait()
            finally:
                timer.cancel()
            if transfer.failed is not None:
                raise ParcelError(str(transfer.failed)) from transfer.failed
            if transfer.next > before:
                silent_s = 0.0
            elif loop.time() >= timer.when():
                silent_s += AGAIN_S
                if silent_s >= LOST_S:
                    raise ParcelError("Timeout during media transfer", "anvil.server.TimeoutError")
                transfer.asked = transfer.next

    def _tell(self, process: str, message: ParcelMessage) -> None:
        self._push(keys.PARCELS + process, message.to_envelope())
