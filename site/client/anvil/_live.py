"""Objects that live on the server: their methods are calls; and rights to such objects."""

from anvil import _wire


def send(command):
    """Send a call (set by ``anvil.server``)."""
    raise RuntimeError("import anvil.server first")


class LiveObjectProxy:
    """An object of the server: its attributes are methods that run there."""

    def __init__(self, entry):
        self._entry = entry
        items = entry.get("itemCache") or {}
        self._items = dict([(key, _plain(items[key])) for key in items])

    def _call(self, method, args, kwargs):
        entry = self._entry
        whom = {"id": entry["id"], "backend": entry["backend"], "mac": entry["mac"], "method": method}
        whom["permissions"] = entry["permissions"]
        return send({"liveObjectCall": whom, "args": list(args), "kwargs": kwargs})

    def __getattr__(self, name):
        if name.startswith("_") or name not in (self._entry.get("methods") or ()):
            raise AttributeError(name)

        def method(*args, **kwargs):
            return self._call(name, args, kwargs)

        return method

    def __repr__(self):
        return "<anvil.server.LiveObject: %s>" % self._entry["backend"]


def _plain(entry):
    return entry["value"] if isinstance(entry, dict) and entry.get("type") == ["Primitive"] else entry


class _Any:
    """Stands for any part of a capability's scope."""

    def __repr__(self):
        return "Capability.ANY"


class Capability:
    """The right to something on the server, as a list that says to what; the server made and signed it."""

    ANY = _Any()

    def __init__(self, scope):
        if not scope:
            raise ValueError("A capability must have a scope that is not empty")
        self._scope = list(scope)
        self._mac = None
        self._narrow = []

    @property
    def scope(self):
        """What it is a right to."""
        return self._scope + self._narrow

    @property
    def is_valid(self):
        """Whether the server made it."""
        return self._mac is not None

    def narrow(self, more):
        """Return a right to a part of this."""
        made = Capability(self._scope)
        made._mac = self._mac
        made._narrow = self._narrow + list(more)
        return made

    def __repr__(self):
        return "<anvil.server.Capability:%r>" % (self.scope,)


def unwrap_capability(capability, pattern):
    """Return the parts of a capability's scope where ``pattern`` has ``Capability.ANY``; ValueError when it is another.

    A longer pattern gives None for what the scope has not.
    """
    if not isinstance(capability, Capability):
        raise TypeError("unwrap_capability() takes a Capability, not %s" % type(capability).__name__)
    scope = capability.scope
    found = []
    for index in range(len(pattern)):
        has = index < len(scope)
        if pattern[index] is Capability.ANY:
            found.append(scope[index] if has else None)
        elif not has or scope[index] != pattern[index]:
            raise ValueError("Invalid capability: its scope is %r, not %r" % (scope, pattern))
    return found


def _read_live(entry, _):
    return LiveObjectProxy(entry)


def _read_capability(entry, _):
    made = Capability(entry["scope"])
    made._mac = entry.get("mac")
    made._narrow = list(entry.get("narrow") or [])
    return made


def _write_live(value):
    entry = dict(value._entry)
    entry.pop("path", None)
    entry.pop("itemCache", None)
    entry["type"] = ["LiveObject"]
    return entry


def _write_capability(value):
    entry = {"type": ["Capability"], "scope": value._scope, "mac": value._mac}
    if value._narrow:
        entry["narrow"] = value._narrow
    return entry


_wire.readers["LiveObject"] = _read_live
_wire.readers["Capability"] = _read_capability
_wire.writers.append((LiveObjectProxy, _write_live))
_wire.writers.append((Capability, _write_capability))
