"""The page's JavaScript: ``anvil.js.window`` and what is in it, as Python's objects (G-80).

Numbers, text, booleans and None cross as they are; lists and dicts become JavaScript's; a Python function that is given
to JavaScript gives it a promise when it is called. Objects of JavaScript's are ``JsObject``.
"""

import sys

import _bridge

from anvil import _errors
from anvil._component import Component
from anvil._html import call_js


class ExternalError(Exception):
    """What JavaScript threw: ``original_error``."""

    def __init__(self, message, original_error=None):
        Exception.__init__(self, message)
        self.original_error = original_error


#: Functions that JavaScript has, by their numbers.
_functions = []


class JsObject:
    """An object of JavaScript's: its attributes and items are there, too, and it is called if it is a function."""

    def __init__(self, handle, kind="object", owner=None, name=""):
        object.__setattr__(self, "_handle", handle)
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_owner", owner)
        object.__setattr__(self, "_name", name)
        _bridge.drop_with(self, "object", handle)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _read(self, name)

    def __setattr__(self, name, value):
        _value(_bridge.js_set(self._handle, name, _bridge.to_json(_sent(value))))

    def __getitem__(self, key):
        if isinstance(key, int) and key < 0:
            key = len(self) + key
        if self._kind == "array" and not 0 <= key < len(self):
            raise IndexError("list index out of range")
        found = _read(self, str(key))
        if found is None and self._kind != "array" and str(key) not in self.keys():
            raise KeyError(key)
        return found

    def __setitem__(self, key, value):
        setattr(self, str(key), value)

    def __call__(self, *args):
        text = _bridge.to_json([_sent(arg) for arg in args])
        if self._owner is None:
            return _value(_bridge.js_call(self._handle, "", text))
        return _value(_bridge.js_call(self._owner._handle, self._name, text))

    def __iter__(self):
        return iter(_items(self))

    def __len__(self):
        length = _read(self, "length")
        return len(_items(self)) if length is None else length

    def __contains__(self, key):
        return key in _items(self)

    def __bool__(self):
        return True

    def __eq__(self, other):
        return isinstance(other, JsObject) and _bridge.js_is_same(self._handle, other._handle)

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return 0

    def __repr__(self):
        return "<JavaScript %s>" % _bridge.js_text(self._handle)

    def __del__(self):
        _bridge.js_drop(self._handle)

    def keys(self):
        """Return the names of what an object has."""
        own = window.Object.keys(self)
        return list(own)


ProxyType = JsObject


def _read(owner, name):
    told = _bridge.from_json(_bridge.js_get(owner._handle, name))
    if told.get("k") == "function" and "e" not in told:
        return JsObject(told["h"], "function", owner, name)
    return _made(told)


def _items(owner):
    return _value(_bridge.js_items(owner._handle))


def _value(text):
    return _made(_bridge.from_json(text))


def _made(told):
    if "e" in told:
        raise ExternalError(told["e"], JsObject(told["h"]))
    if "v" in told:
        return told["v"]
    if "l" in told:
        return [_made(one) for one in told["l"]]
    return JsObject(told["h"], told["k"])


def _sent(value):
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"v": value}
    if isinstance(value, JsObject):
        return {"h": value._handle, "k": "object"}
    if isinstance(value, (list, tuple)):
        return {"l": [_sent(one) for one in value]}
    if isinstance(value, dict):
        made = {}
        for key in value:
            made[str(key)] = _sent(value[key])
        return {"d": made}
    if isinstance(value, Component):
        return {"h": get_dom_node(value)._handle, "k": "object"}
    if callable(value):
        if value not in _functions:
            _functions.append(value)
        return {"f": _functions.index(value)}
    raise TypeError("JavaScript has nothing for an object of type %s" % type(value).__name__)


def _called(told):
    """Answer a call of a function that JavaScript has."""
    try:
        value = _functions[told["f"]](*[_made(arg) for arg in told["args"]])
        answer = _bridge.to_json({"value": _sent(value)})
    except BaseException as error:
        _bridge.js_answer(told["call"], _bridge.to_json({"error": "%s: %s" % (type(error).__name__, error)}))
        raise
    _bridge.js_answer(told["call"], answer)


window = JsObject(0)
sys.modules["anvil.js.window"] = window


def get_dom_node(component):
    """Return the element that a component is on the page."""
    return JsObject(_bridge.js_element(component._id))


def call(function, *args):
    """Call a function, or the function of the page that has this name, and wait if it gives a promise."""
    if isinstance(function, str):
        return call_js(function, *args)
    return await_promise(function(*args))


def new(cls, *args):
    """Make an object of a class of JavaScript's."""
    return _value(_bridge.js_new(cls._handle, _bridge.to_json([_sent(arg) for arg in args])))


def await_promise(promise):
    """Wait for what a promise gives; anything else is returned as it is."""
    if not isinstance(promise, JsObject):
        return promise
    return _value(_bridge.wait(_bridge.js_settled(promise._handle)))


def import_from(url):
    """Load a module of JavaScript's from an address and return it."""
    return _value(_bridge.wait(_bridge.js_import(url)))


def to_media(blob, content_type=None, name=None):
    """Return a Blob or File of JavaScript's as Media."""
    from anvil.media import PageMedia

    return PageMedia(_bridge.js_media(blob._handle), content_type, name)


def report_exceptions(function):
    """Mark a function whose exceptions are to be reported: all that JavaScript calls are."""
    return function


def report_all_exceptions(on, reraise=True):
    """Report the exceptions of functions that JavaScript calls: they always are."""


_errors.called_by_page = _called
