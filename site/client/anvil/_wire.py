"""Values that JSON can't carry, taken out of a message to the server and put back into its answer.

The form is that of Anvil's protocol: each such value is described in the message's ``objects``, with the path to its
place. Numbers, text, lists and dicts cross as they are.
"""

import _bridge

from anvil import media

_SMALL = 2147483648
#: Name → portable class, and the other way round.
_by_name = {}
_names = {}
#: Kind of object → (entry, what stands at its place) → value; other modules add theirs.
readers = {}
#: (class, value and what is written → entry); other modules add theirs.
writers = []


class NotPortable(Exception):
    """A value that can't be carried; the text says which and where."""


def register_portable(cls, name):
    """Let instances of ``cls`` cross under this name."""
    _by_name[name] = cls
    _names[cls] = name
    # What libraries that were written for Anvil look at.
    cls.SERIALIZATION_INFO = (name, cls)


class Encoded:
    """A message as JSON, and the capabilities in it, which its answer may bring news for."""

    def __init__(self, text, capabilities):
        self.text = text
        self.capabilities = capabilities


def encode(command):
    """Return a message (a dict) as it travels; NotPortable for a value that can't be carried."""
    writing = _Writing()
    made = {}
    for key in command:
        made[key] = writing.walk(command[key], [key])
    shared = writing.info._shared_to_send()
    if shared:
        # What portable objects share is described first: they are put together with it.
        objects = writing.objects
        writing.objects = []
        writing.info._sends = False
        made["vt_global"] = writing.walk(shared, ["vt_global"])
        writing.objects = writing.objects + objects
    made["objects"] = writing.objects
    return Encoded(_bridge.to_json(made), writing.capabilities)


class _Writing:
    def __init__(self):
        self.objects = []
        self.capabilities = []
        self.info = SerializationInfo()
        self._open = []

    def walk(self, value, path):
        """Return a value as JSON has it, what JSON has not noted in ``objects``, inner before outer."""
        if value is None or value is True or value is False or type(value) is str:
            return value
        kind = type(value)
        if kind is int:
            return value if -_SMALL <= value < _SMALL else self._note(path, {"type": ["Long"], "value": str(value)})
        if kind is float:
            return self._float(value, path)
        if isinstance(value, (list, tuple)):
            return self._inside(value, path, self._list)
        if isinstance(value, dict):
            return self._inside(value, path, self._dict)
        return self._other(value, path)

    def _inside(self, value, path, walk):
        for opened in self._open:
            if opened is value:
                raise NotPortable("Cannot serialize circular structures at %s" % shown(path))
        self._open.append(value)
        made = walk(value, path)
        self._open.pop()
        return made

    def _list(self, value, path):
        made = []
        for item in value:
            made.append(self.walk(item, path + [len(made)]))
        return made

    def _dict(self, value, path):
        made = {}
        for key in value:
            if not isinstance(key, str):
                raise NotPortable("Cannot serialize dictionaries with keys that aren't strings at %s" % shown(path))
            made[key] = self.walk(value[key], path + [key])
        return made

    def _float(self, value, path):
        if value != value:
            return self._note(path, {"type": ["Float"], "value": "NaN"})
        if value in (float("inf"), float("-inf")):
            return self._note(path, {"type": ["Float"], "value": "Infinity" if value > 0 else "-Infinity"})
        return value

    def _note(self, path, entry):
        entry["path"] = path
        self.objects.append(entry)
        return None

    def _other(self, value, path):
        if isinstance(value, type) and value in _names:
            return self._note(path, {"type": ["ClassType"], "typeName": _names[value]})
        if type(value) in _names:
            name = _names[type(value)]
            self.info._of = name
            content = self.walk(_serialize(value, self.info), path)
            self._note(path, {"type": ["ValueType"], "typeName": name})
            return content
        if isinstance(value, media.Media):
            return self._note(path, _media_entry(value))
        if type(value).__module__ == "datetime" or _is_datetime(value):
            return self._note(path, _date_entry(value, path))
        for cls, write in writers:
            if isinstance(value, cls):
                return self._note(path, write(value, self))
        for base in (bool, str, int, float):
            if isinstance(value, base):
                return self.walk(base(value), path)
        raise NotPortable("Cannot serialize %s object at %s" % (type(value), shown(path)))


def shown(path):
    """Return a path as messages name it: msg['args'][0]."""
    return "msg" + "".join(["[%r]" % (part,) for part in path])


def _serialize(value, info):
    own = getattr(value, "__serialize__", None)
    return dict(value.__dict__) if own is None else own(info)


class SerializationInfo:
    """What ``__serialize__`` and ``__deserialize__`` are told."""

    local_is_trusted = False
    remote_is_trusted = True

    def __init__(self, received=None):
        self._sends = True
        self._of = None
        self._here = {}
        self._shared = {}
        if isinstance(received, dict):
            self._shared[":GLOBAL"] = received
        elif received:
            for index in range(0, len(received), 2):
                self._shared[received[index]] = received[index + 1]

    def shared_data(self, key=None):
        """Return two dicts that all objects of one message have under ``key``: one that travels, one that does not.

        The first is None for objects that are part of what is shared themselves. ``key`` is a text, or by default each
        portable class has its own.
        """
        if key is None:
            key = self._of
        elif isinstance(key, type):
            key = _names.get(key) or key.__module__ + "." + key.__name__
        else:
            key = ":" + str(key)
        here = self._here.setdefault(key, {})
        if not self._sends:
            return None, here
        return self._shared.setdefault(key, {}), here

    def _shared_to_send(self):
        if list(self._shared) == [":GLOBAL"]:
            return self._shared[":GLOBAL"]
        made = []
        for key in self._shared:
            made.append(key)
            made.append(self._shared[key])
        return made


def _media_entry(value):
    if isinstance(value, media.LazyMedia):
        return dict(value._spec)
    entry = {"type": ["DataMedia"], "mime-type": value.content_type, "name": value.name}
    entry["content"] = {"handle": value._handle_for_page()}
    return entry


def _is_datetime(value):
    for base in type(value).__mro__:
        if base.__module__ == "datetime" and base.__name__ in ("date", "datetime"):
            return True
    return False


def _date_entry(value, path):
    import datetime

    if isinstance(value, datetime.datetime):
        return {"type": ["DateTime"], "value": _moment_text(value)}
    if isinstance(value, datetime.date):
        return {"type": ["Date"], "value": value.isoformat()}
    raise NotPortable("Cannot serialize %s object at %s" % (type(value), shown(path)))


def _moment_text(value):
    offset = value.utcoffset()
    if offset is None:
        from anvil.tz import tzlocal

        offset = tzlocal().utcoffset(value)
    minutes = (offset.days * 86400 + offset.seconds) // 60
    sign = "-" if minutes < 0 else "+"
    minutes = abs(minutes)
    return "%04d-%02d-%02d %02d:%02d:%02d.%06d%s%02d%02d" % (
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
        sign,
        minutes // 60,
        minutes % 60,
    )


# --- answers


def decode(text):
    """Return a message as a dict with its values in their places."""
    return decoded(_bridge.from_json(text))


def decoded(message):
    """Return the same of a message that was read from JSON."""
    info = SerializationInfo(message.get("vt_global"))
    for entry in message.pop("objects", None) or []:
        place = message
        path = entry["path"]
        for key in path[:-1]:
            place = place[key]
        info._sends = path[0] != "vt_global"
        kind = entry["type"][0]
        if kind == "ValueType":
            place[path[-1]] = _read_portable(entry, place[path[-1]], info)
        elif kind in readers:
            place[path[-1]] = readers[kind](entry, place[path[-1]])
    return message


def _read_moment(entry, _):
    import datetime

    from anvil.tz import tzoffset

    text = entry["value"]
    sign = -1 if text[-5] == "-" else 1
    minutes = sign * (int(text[-4:-2]) * 60 + int(text[-2:]))
    day, _, clock = text[:-5].partition(" ")
    year, month, date = [int(part) for part in day.split("-")]
    hour, minute, seconds = clock.split(":")
    second, _, micro = seconds.partition(".")
    micro = int((micro + "000000")[:6])
    zone = tzoffset(minutes=minutes)
    return datetime.datetime(year, month, date, int(hour), int(minute), int(second), micro, zone)


def _read_date(entry, _):
    import datetime

    year, month, day = [int(part) for part in entry["value"].split("-")]
    return datetime.date(year, month, day)


def _read_media(entry, _):
    return media.PageMedia(entry["content"]["handle"], entry.get("mime-type"), entry.get("name"))


def _read_portable(entry, content, info):
    cls = _class_named(entry["typeName"])
    info._of = entry["typeName"]
    make = getattr(cls, "__new_deserialized__", None)
    if make is not None:
        return make(content, info)
    made = cls.__new__(cls)
    own = getattr(made, "__deserialize__", None)
    if own is not None:
        own(content, info)
    else:
        for name in content:
            setattr(made, name, content[name])
    return made


def _class_named(name):
    if name not in _by_name:
        try:
            # The parts of plotly are each in a module of their own, there.
            of_plotly = name.startswith("plotly.graph_objs.")
            _bridge.import_module("plotly.graph_objs" if of_plotly else name.rpartition(".")[0])
        except ImportError:
            pass
    if name not in _by_name:
        raise NotPortable("The server sent an object of class %s, which no module here has as a portable class" % name)
    return _by_name[name]


def _read_lazy_media(entry, _):
    spec = dict(entry)
    spec.pop("path")
    return media.LazyMedia(spec)


def _read_float(entry, _):
    return {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}[entry["value"]]


def _read_long(entry, _):
    return int(entry["value"])


def _read_primitive(entry, _):
    return entry["value"]


def _read_class(entry, _):
    return _class_named(entry["typeName"])


readers.update(
    {
        "DateTime": _read_moment,
        "Date": _read_date,
        "DataMedia": _read_media,
        "LazyMedia": _read_lazy_media,
        "ClassType": _read_class,
        "Float": _read_float,
        "Long": _read_long,
        "Primitive": _read_primitive,
    }
)
