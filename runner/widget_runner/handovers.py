"""What a run hands over besides text: something to show, files that it wrote; each with bytes that follow in chunks.

Every byte may be hostile. One thing is handed over at a time; its bytes go to Redis when they are complete, within the
bounds of the run, of its widget and of this runner.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from widget_model.ids import new_id
from widget_model.limits import Limits
from widget_model.pictures import picture_of
from widget_runner.child_link import LinkError
from widget_runner.file_names import mime_of, safe_name
from widget_runner.output_allowance import Allowance
from widget_wire.media_budget import MediaBudget
from widget_wire.run_files import SHOWN, WRITTEN, RunFile
from widget_wire.start import CHUNK_BYTES, DISPLAY, FILE, SHOWN_MEDIA

#: Types of pictures that are no text.
RASTER = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))
#: Types that something shown may have; of others only the text is shown.
SHOWN_TYPES = frozenset(
    (
        "text/plain",
        "text/html",
        "text/markdown",
        *RASTER,
        "image/svg+xml",
        "application/json",
        "application/vnd.plotly.v1+json",
    )
)
#: Notes on files that were not kept.
_MAX_NOTES = 30
#: Bytes that are taken only to be thrown away; an honest child sends none.
_MAX_WASTED = 64 * 1024 * 1024
SHOWN_PARTS = SHOWN_MEDIA * len(SHOWN_TYPES)
_PAUSED = "Too much was shown and written in a short time: it was not kept."


class Store(Protocol):
    """Where complete bytes go."""

    def keep(self, run_id: str, file_id: str, content: bytes, ttl_s: int) -> bool:
        """Keep these bytes until they are fetched; False when there is no room now."""


@dataclass
class FileAllowances:
    """How many bytes may be handed over by a widget and by all of this runner in a while."""

    widgets: Allowance = field(default_factory=lambda: Allowance(burst=100_000_000, per_s=200_000.0))
    runner: Allowance = field(default_factory=lambda: Allowance(burst=200_000_000, per_s=1_000_000.0))

    def take(self, widget_id: str, size: int) -> bool:
        """Take so many bytes; False when there are not so many left."""
        if self.widgets.left(widget_id) < size or self.runner.left("") < size:
            return False
        self.widgets.spend(widget_id, size)
        self.runner.spend("", size)
        return True


@dataclass(frozen=True)
class Shown:
    """The data of a display event, and what its message took on the wire."""

    data: dict[str, Any]
    size_bytes: int


@dataclass
class _Incoming:
    """What is being handed over."""

    message: dict[str, Any]
    size_bytes: int
    #: (type, bytes) of each part.
    parts: list[tuple[str, int]]
    kept: bool
    contents: list[bytes] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    received: int = 0
    held: int = 0


class Handovers:
    """The handovers of one run."""

    def __init__(
        self,
        run_id: str,
        widget_id: str,
        ttl_s: int,
        limits: Limits,
        budget: MediaBudget,
        allowances: FileAllowances,
        store: Store,
        masked: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self._run_id = run_id
        self._widget_id = widget_id
        self._ttl_s = ttl_s
        self._limits = limits
        self._budget = budget
        self._allowances = allowances
        self._store = store
        self._masked = masked
        self._incoming: _Incoming | None = None
        self._wasted = 0
        self._notes = 0
        #: Count and bytes of what was kept, by kind.
        self._kept = {SHOWN: [0, 0], WRITTEN: [0, 0]}
        #: What was handed over so far, for the run's record.
        self.files: list[RunFile] = []

    def begin(self, message: dict[str, Any], size_bytes: int) -> Shown | None:
        """Take a DISPLAY or FILE; return what is to be shown when that is all of it. LinkError when it is no such."""
        if self._incoming is not None:
            raise LinkError("a handover within another")
        parts = _parts_of(message)
        if message["type"] == FILE and not parts:
            self._note(message)
            return None
        self._incoming = _Incoming(message, size_bytes, parts, self._may_keep(message["type"], parts))
        return self._next()

    def chunk(self, header: dict[str, Any], content: bytes) -> Shown | None:
        """Take bytes; return what is to be shown once they are complete. LinkError when nobody expects them."""
        incoming = self._incoming
        if incoming is None or header.get("mediaId") != str(len(incoming.contents)) or len(content) > CHUNK_BYTES:
            raise LinkError("a chunk that nobody expects")
        incoming.received += len(content)
        size = incoming.parts[len(incoming.contents)][1]
        is_last = header.get("lastChunk") is True
        if incoming.received > size or is_last != (incoming.received == size) or not (content or is_last):
            raise LinkError("a handover of another size than announced")
        self._hold(incoming, content)
        if not is_last:
            return None
        incoming.contents.append(b"".join(incoming.chunks))
        incoming.chunks, incoming.received = [], 0
        return self._next()

    def close(self) -> None:
        """Forget what is not complete."""
        if self._incoming is not None:
            self._budget.give(self._incoming.held)
            self._incoming = None

    def _hold(self, incoming: _Incoming, content: bytes) -> None:
        if incoming.kept and self._budget.take(len(content)):
            incoming.held += len(content)
            incoming.chunks.append(content)
            return
        incoming.kept = False
        self._wasted += max(len(content), 256)
        if self._wasted > _MAX_WASTED:
            raise LinkError("more is handed over than is taken")

    def _next(self) -> Shown | None:
        incoming = self._incoming
        if incoming is None or len(incoming.contents) < len(incoming.parts):
            return None
        self.close()
        if incoming.message["type"] == FILE:
            self._finish_file(incoming)
            return None
        return Shown(self._finish_display(incoming), incoming.size_bytes)

    def _may_keep(self, kind: str, parts: list[tuple[str, int]]) -> bool:
        limits, size = self._limits, sum(size for _, size in parts)
        count, used = self._kept[SHOWN if kind == DISPLAY else WRITTEN]
        most = SHOWN_PARTS if kind == DISPLAY else limits.kept_files
        fits = max((one for _, one in parts), default=0) <= limits.kept_file_bytes
        return fits and used + size <= limits.kept_files_bytes and (count < most or not parts)

    def _keep(self, kind: str, content: bytes) -> str | None:
        """Hand bytes on; return the id under which they are kept, None when there is no room."""
        if not self._allowances.take(self._widget_id, len(content)):
            return None
        file_id = new_id()
        if not self._store.keep(self._run_id, file_id, content, self._ttl_s):
            return None
        kept = self._kept[kind]
        kept[0], kept[1] = kept[0] + 1, kept[1] + len(content)
        return file_id

    def _finish_file(self, incoming: _Incoming) -> None:
        name, size = self._name(incoming.message), incoming.parts[0][1]
        file_id = self._keep(WRITTEN, incoming.contents[0]) if incoming.kept else None
        if file_id is None:
            self._note(incoming.message)
            return
        self.files.append(RunFile(file_id, WRITTEN, name, mime_of(name), size))

    def _note(self, message: dict[str, Any]) -> None:
        self._notes += 1
        if self._notes > _MAX_NOTES:
            return
        name, limits = self._name(message), self._limits
        note = (
            f"It was not kept: at most {limits.kept_files} files of {limits.kept_file_bytes / 1e6:g} MB each, and "
            f"{limits.kept_files_bytes / 1e6:g} MB in all."
        )
        self.files.append(RunFile(None, WRITTEN, name, mime_of(name), message["bytes"], note))

    def _name(self, message: dict[str, Any]) -> str:
        return safe_name(self._masked(message["name"].encode("utf-8", "replace")).decode())

    def _finish_display(self, incoming: _Incoming) -> dict[str, Any]:
        data = incoming.message["data"]
        shown: dict[str, Any] = {"mime": {kind: value for kind, value in data.items() if kind in SHOWN_TYPES}}
        blobs: dict[str, Any] = {}
        for (kind, _), content in zip(incoming.parts, incoming.contents, strict=True):
            if kind not in SHOWN_TYPES:
                continue
            if kind not in RASTER:
                content = self._masked(content)
            file_id = self._keep(SHOWN, content) if incoming.kept else None
            if file_id is None:
                shown["note"] = _PAUSED
                continue
            self.files.append(RunFile(file_id, SHOWN, "", kind, len(content)))
            blobs[kind] = {"file": file_id, "bytes": len(content), **_pixels(content)}
        return {**shown, "blobs": blobs} if blobs else shown


def _pixels(content: bytes) -> dict[str, int]:
    picture = picture_of(content)
    return {"width": picture.width, "height": picture.height} if picture and picture.is_reasonable else {}


def _parts_of(message: dict[str, Any]) -> list[tuple[str, int]]:
    """Return (type, bytes) of what follows; LinkError unless the message is in order."""
    if message["type"] == FILE:
        name, size = message.get("name"), message.get("bytes")
        if not isinstance(name, str) or not _is_size(size):
            raise LinkError("a file without a name and a size")
        return [("", size)] if message.get("kept") is True else []  # type: ignore[list-item]  # a size is an int
    media = message.get("media", [])
    if not isinstance(message.get("data"), dict) or not isinstance(media, list) or len(media) > len(SHOWN_TYPES):
        raise LinkError("a display without a MIME map")
    for part in media:
        if not isinstance(part, list) or len(part) != 2 or not isinstance(part[0], str) or not _is_size(part[1]):
            raise LinkError("a display whose media are not described")
    return [(kind, size) for kind, size in media]


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40
