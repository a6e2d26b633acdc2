"""Objects that live on the server: their methods are calls; and rights to such objects."""

import _bridge

from anvil import _wire


def send(command):
    """Send a call (set by ``anvil.server``)."""
    raise RuntimeError("import anvil.server first")


class LiveObjectProxy:
    """An object of the server: its attributes are methods that run there."""

    def __init__(self, entry):
        self._entry = entry

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


class _Any:
    """Stands for any part of a capability's scope."""

    def __repr__(self):
        return "Capability.ANY"


class Capability:
    """The right to something on the server, as a list that says to what; the server made and signed it."""

    ANY = _Any()

    def __init__(self, scope, mac=None, narrow=None):
        if not isinstance(scope, list) or not scope:
            raise ValueError("The scope of a Capability is a list that is not empty")
        if mac is None and scope[0] == "_":
            raise ValueError("The scope of a Capability of your own can't begin with '_'")
        self._scope = scope
        self._mac = mac
        self._narrow = list(narrow or [])
        self._told = None

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
        return Capability(self._scope, self._mac, self._narrow + list(more))

    def set_update_handler(self, apply_update, get_update=None):
        """Call ``apply_update`` with what a server function, given this capability, has to tell of what it is for."""
        self._told = apply_update

    def send_update(self, update):
        """Give news to who asked for them by ``set_update_handler``."""
        if self._told is not None:
            self._told(update)

    def __eq__(self, other):
        return type(other) is Capability and self.scope == other.scope

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(text_of(self.scope))

    def __repr__(self):
        return "<anvil.server.Capability:%r>" % (self.scope,)


def text_of(scope):
    """Return a scope as a text that is equal for equal scopes."""
    return _bridge.to_json(scope)


def apply_updates(updates, capabilities):
    """Give what an answer says of capabilities that its call had to these: text of a scope → news."""
    told = {}
    for text in updates:
        told[text_of(_bridge.from_json(text))] = updates[text]
    for capability in capabilities:
        update = told.get(text_of(capability.scope))
        if update is not None:
            capability.send_update(update)


def unwrap_capability(capability, pattern):
    """Return a capability's scope, as long as ``pattern``, with None for what the scope does not say.

    TypeError for what is none; ValueError when it is for less than the pattern, or for something else:
    ``Capability.ANY`` in the pattern is equal to everything.
    """
    if not isinstance(capability, Capability):
        raise TypeError("unwrap_capability() takes a Capability, not %s" % type(capability).__name__)
    scope = capability.scope
    if len(scope) > len(pattern):
        raise ValueError("This capability is too narrow: its scope is %r, needed is %r" % (scope, pattern))
    for index in range(len(scope)):
        if pattern[index] is not Capability.ANY and scope[index] != pattern[index]:
            raise ValueError("This capability is for something else: its scope is %r, not %r" % (scope, pattern))
    return scope + [None] * (len(pattern) - len(scope))


def _read_live(entry, _):
    return LiveObjectProxy(entry)


def _read_capability(entry, _):
    return Capability(entry["scope"], entry.get("mac") or "", entry.get("narrow"))


def _write_live(value, _):
    entry = dict(value._entry)
    entry.pop("path", None)
    entry.pop("itemCache", None)
    entry["type"] = ["LiveObject"]
    return entry


def _write_capability(value, writing):
    writing.capabilities.append(value)
    entry = {"type": ["Capability"], "scope": value._scope, "mac": value._mac}
    if value._narrow:
        entry["narrow"] = value._narrow
    return entry


_wire.readers["LiveObject"] = _read_live
_wire.readers["Capability"] = _read_capability
_wire.writers.append((LiveObjectProxy, _write_live))
_wire.writers.append((Capability, _write_capability))
