"""The values of Anvil's wire: what JSON cannot carry, taken out of a message and put back (spec/anvil-protocol.md 1.5).

``flatten`` makes of a message with Python values one that JSON carries, with ``objects`` beside it; ``inflate`` is its
inverse. Every byte of what is inflated may be hostile: a path that leads nowhere, an unknown type, a signature that is
not ours are WireValueErrors. Signatures (of capabilities, live objects and lazy media) are made and checked by a
``Signer``; whoever passes a message from one trust to another inflates with one and flattens with the other.
"""

import datetime
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

#: ints beyond this travel as text (the library's own bounds).
_SMALL = 2**31
#: ``objects`` of one message; paths in it are at most so deep.
MAX_OBJECTS = 200_000
MAX_DEPTH = 200

_DATETIME = "%Y-%m-%d %H:%M:%S.%f%z"
_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class WireValueError(ValueError):
    """A value that can't be carried, or a message that is not in order; ``kind`` is the Anvil error that says so."""

    def __init__(self, message: str, kind: str = "anvil.server.SerializationError") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(eq=False)
class Media:
    """Bytes with a type, whose content travels in chunks beside the message."""

    content_type: str | None
    content: bytes = b""
    name: str | None = None


@dataclass(frozen=True)
class LazyMedia:
    """Media that is fetched when it is read: ``id`` says to ``manager`` which."""

    manager: str
    id: str
    content_type: str | None = None
    name: str | None = None
    length: int | None = None


@dataclass(frozen=True)
class Capability:
    """The right to something, as a list that says to what. ``narrow`` of a peer is part of it already."""

    scope: tuple[Any, ...]


@dataclass(frozen=True)
class LiveObject:
    """An object whose methods are called where it lives."""

    backend: str
    id: str
    permissions: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    items: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Portable:
    """An instance of a portable class: its name, and its content as the class made it."""

    type_name: str
    value: Any


@dataclass(frozen=True)
class PortableClass:
    """A portable class itself."""

    type_name: str


class Signer(Protocol):
    """Makes and checks signatures for one boundary."""

    def sign(self, kind: str, content: Any) -> str:
        """Return the signature of ``content`` (plain JSON) as a ``kind``: "capability", "live object", "media"."""

    def is_valid(self, kind: str, content: Any, signature: str) -> bool:
        """Tell whether ``sign`` made this signature; in constant time."""


@dataclass
class Flat:
    """A message as it travels: JSON, and the media that it describes, by media id."""

    message: dict[str, Any]
    media: dict[str, Media]


def flatten(message: Mapping[str, Any], signer: Signer) -> Flat:
    """Return ``message`` as it travels; WireValueError for what can't be carried, with its path.

    Media are equal when they are the same object: one that occurs twice is sent once for each.
    """
    flattening = _Flattening(signer)
    # What all rows share comes first, since what follows refers to it (1.7).
    shared = {key: flattening.walk(value, (key,)) for key, value in message.items() if key == "vt_global"}
    made = {key: flattening.walk(value, (key,)) for key, value in message.items() if key != "vt_global"}
    return Flat({**made, **shared, "objects": flattening.objects}, flattening.media)


class _Flattening:
    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.objects: list[dict[str, Any]] = []
        self.media: dict[str, Media] = {}

    def walk(self, value: Any, path: tuple[str | int, ...]) -> Any:
        """Return ``value`` as JSON, its other parts noted in ``objects``, inner before outer."""
        if value is None or isinstance(value, bool | str):
            return value
        if isinstance(value, list | tuple):
            return [self.walk(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, dict):
            return self._dict(value, path)
        if isinstance(value, int) and -_SMALL <= value < _SMALL:
            return int(value)
        if isinstance(value, float) and math.isfinite(value):
            return float(value)
        return self._object(value, path)

    def _dict(self, value: dict[Any, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
        for key in value:
            if not isinstance(key, str):
                raise WireValueError(f"Keys of dicts must be strings: {_shown(path)} has the key {key!r}")
        return {key: self.walk(item, (*path, key)) for key, item in value.items()}

    def _object(self, value: Any, path: tuple[str | int, ...]) -> Any:
        write = next((_WRITERS[kind] for kind in type(value).__mro__ if kind in _WRITERS), None)
        if write is None:
            raise WireValueError(f"Cannot serialize {type(value).__name__!r} object at {_shown(path)}")
        # A portable's content is at its own path, and described before it.
        content = self.walk(value.value, path) if isinstance(value, Portable) else None
        described = write(value, self)
        self.objects.append({"path": list(path), **described})
        return content

    def media_id(self, value: Media) -> str:
        """Keep ``value`` for its chunks; return its id in this message."""
        name = f"m{len(self.media)}"
        self.media[name] = value
        return name

    def sign(self, kind: str, content: Any) -> str:
        """Sign ``content`` for the boundary."""
        return self._signer.sign(kind, content)


def _write_number(value: int | float, _: _Flattening) -> dict[str, Any]:
    if isinstance(value, int):
        return {"type": ["Long"], "value": str(value)}
    return {"type": ["Float"], "value": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}


def _write_datetime(value: datetime.datetime, _: _Flattening) -> dict[str, Any]:
    aware = value if value.tzinfo is not None else value.replace(tzinfo=datetime.timezone.utc)
    offset = aware.utcoffset() or datetime.timedelta()
    # Seconds of an offset have no form on this wire.
    whole = datetime.timezone(datetime.timedelta(minutes=round(offset.total_seconds() / 60)))
    moved = aware.astimezone(whole)
    # strftime leaves out the zeros of years before 1000.
    return {"type": ["DateTime"], "value": f"{moved.year:04}" + moved.strftime("-%m-%d %H:%M:%S.%f%z")}


def _write_media(value: Media, flattening: _Flattening) -> dict[str, Any]:
    media_id = flattening.media_id(value)
    return {"type": ["DataMedia"], "id": media_id, "mime-type": value.content_type, "name": value.name}


def _write_lazy(value: LazyMedia, flattening: _Flattening) -> dict[str, Any]:
    written = {"type": ["LazyMedia"], "manager": value.manager, "id": value.id, "mime-type": value.content_type}
    written |= {"name": value.name, "key": flattening.sign("media", [value.manager, value.id])}
    return written if value.length is None else {**written, "length": value.length}


def _write_capability(value: Capability, flattening: _Flattening) -> dict[str, Any]:
    scope = list(value.scope)
    return {"type": ["Capability"], "scope": scope, "mac": flattening.sign("capability", scope)}


def _write_live_object(value: LiveObject, flattening: _Flattening) -> dict[str, Any]:
    permissions = list(value.permissions)
    mac = flattening.sign("live object", [value.backend, value.id, permissions])
    items = {name: {"type": ["Primitive"], "value": item} for name, item in value.items.items()}
    return {
        "type": ["LiveObject"],
        "backend": value.backend,
        "id": value.id,
        "permissions": permissions,
        "methods": list(value.methods),
        "mac": mac,
        "itemCache": items,
    }


_WRITERS: dict[type, Callable[[Any, _Flattening], dict[str, Any]]] = {
    int: _write_number,
    float: _write_number,
    datetime.datetime: _write_datetime,
    datetime.date: lambda value, _: {"type": ["Date"], "value": value.isoformat()},
    Media: _write_media,
    LazyMedia: _write_lazy,
    Capability: _write_capability,
    LiveObject: _write_live_object,
    Portable: lambda value, _: {"type": ["ValueType"], "typeName": value.type_name},
    PortableClass: lambda value, _: {"type": ["ClassType"], "typeName": value.type_name},
}


def inflate(
    message: dict[str, Any], media: Mapping[str, bytes], signer: Signer, *, trusted: bool = True
) -> dict[str, Any]:
    """Return ``message`` with its values in their places; ``objects`` is gone.

    ``media`` are the contents by media id. ``trusted`` peers (server code) may send capabilities of their own,
    unsigned, unless their scope begins with "_". WireValueError when anything is not in order; the message is then half
    done.
    """
    objects = message.pop("objects", None) or []
    if not isinstance(objects, list) or len(objects) > MAX_OBJECTS:
        raise WireValueError("The message describes more values than are taken, or none in order")
    reading = _Reading(media, signer, trusted)
    for item in objects:
        _put_back(message, item, reading)
    return message


@dataclass(frozen=True)
class _Reading:
    media: Mapping[str, bytes]
    signer: Signer
    trusted: bool


def _put_back(message: dict[str, Any], item: Any, reading: _Reading) -> None:
    try:
        *parents, last = path = item["path"]
        [kind] = item["type"]
        if len(path) > MAX_DEPTH:
            raise WireValueError("A value is nested too deeply")
        place: Any = message
        for key in parents:
            place = place[key]
        if isinstance(place, list) and (not isinstance(last, int) or last < 0):
            raise WireValueError(f"A path leads nowhere: {_shown(path)}")
        present = place[last]
        place[last] = _READERS[kind](item, present, reading)
    except WireValueError:
        raise
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise WireValueError("A value of the message is not in order") from error


def narrowed(message: dict[str, Any], signer: Callable[[], Signer]) -> dict[str, Any]:
    """Return a message of a trusted peer whose capabilities are what they were narrowed to; WireValueError.

    Whoever hands on a message as it came has to do this: a library that gets one looks at no ``narrow``.
    """
    objects = message.get("objects")
    if not isinstance(objects, list) or not any(isinstance(item, dict) and item.get("narrow") for item in objects):
        return message
    return {**message, "objects": [_narrowed(item, signer()) for item in objects]}


def _narrowed(item: Any, signer: Signer) -> Any:
    if not isinstance(item, dict) or item.get("type") != ["Capability"] or not item.get("narrow"):
        return item
    try:
        scope = list(_read_capability(item, None, _Reading({}, signer, trusted=True)).scope)
    except KeyError as error:
        raise WireValueError("A capability is not in order", _INVALID) from error
    mac = None if item.get("mac") is None else signer.sign("capability", scope)
    return {"type": ["Capability"], "path": item.get("path"), "scope": scope, "mac": mac}


def _read_media(item: dict[str, Any], _: Any, reading: _Reading) -> Media:
    return Media(_text_or_none(item.get("mime-type")), reading.media[item["id"]], _text_or_none(item.get("name")))


def _read_lazy(item: dict[str, Any], _: Any, reading: _Reading) -> LazyMedia:
    manager, lazy_id = item["manager"], item["id"]
    _check(reading, "media", [manager, lazy_id], item.get("key"))
    length = item.get("length")
    kind, name = _text_or_none(item.get("mime-type")), _text_or_none(item.get("name"))
    return LazyMedia(manager, lazy_id, kind, name, length if isinstance(length, int) else None)


def _read_capability(item: dict[str, Any], _: Any, reading: _Reading) -> Capability:
    scope, narrow = item["scope"], item.get("narrow") or []
    if not isinstance(scope, list) or not isinstance(narrow, list) or not scope:
        raise WireValueError("A capability is not in order", _INVALID)
    is_own = reading.trusted and item.get("mac") is None and not str(scope[0]).startswith("_")
    if not is_own:
        _check(reading, "capability", scope, item.get("mac"))
    return Capability((*scope, *narrow))


def _read_live_object(item: dict[str, Any], _: Any, reading: _Reading) -> LiveObject:
    backend, object_id, permissions = item["backend"], item["id"], item["permissions"]
    _check(reading, "live object", [backend, object_id, permissions], item.get("mac"))
    return LiveObject(backend, object_id, tuple(permissions), tuple(item.get("methods") or ()))


def _read_datetime(item: dict[str, Any], _: Any, __: _Reading) -> datetime.datetime:
    return datetime.datetime.strptime(item["value"], _DATETIME)


_READERS: dict[str, Callable[[dict[str, Any], Any, _Reading], Any]] = {
    "DataMedia": _read_media,
    "LazyMedia": _read_lazy,
    "Capability": _read_capability,
    "LiveObject": _read_live_object,
    "ValueType": lambda item, present, _: Portable(_text(item["typeName"]), present),
    "ClassType": lambda item, _, __: PortableClass(_text(item["typeName"])),
    "Date": lambda item, _, __: datetime.date.fromisoformat(item["value"]),
    "DateTime": _read_datetime,
    "Long": lambda item, _, __: int(item["value"]),
    "Float": lambda item, _, __: _FLOATS[item["value"]],
    "Primitive": lambda item, _, __: item["value"],
}
_INVALID = "anvil.server.InvalidObjectError"


def _check(reading: _Reading, kind: str, content: Any, signature: Any) -> None:
    if not isinstance(signature, str) or not reading.signer.is_valid(kind, content, signature):
        raise WireValueError(f"A {kind} was not made here, or was changed", _INVALID)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise WireValueError("A name is not a text")
    return value


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _shown(path: Any) -> str:
    first, *rest = path
    return str(first) + "".join(f"[{key!r}]" for key in rest)
