"""Calls of server functions."""

import _bridge

from anvil import _calls, _live, _wire
from anvil._app import app
from anvil._calls import call_async
from anvil._live import Capability, LiveObjectProxy, unwrap_capability
from anvil._pushed import event_handler, remove_event_handler
from anvil._server_errors import *
from anvil._server_errors import _register_exception_type as _register_exception_type


def call(*args, **kwargs):
    """Call a server function by its name and return what it returns; what it raises is raised here."""
    return _call(args, kwargs)


def call_s(*args, **kwargs):
    """Call a server function without the spinner."""
    with no_loading_indicator:
        return _call(args, kwargs)


def _call(args, kwargs):
    return send(_calls.named(args, kwargs))


def send(command):
    """Send one call and return its answer; what came back as an error is raised."""
    encoded = _calls.encode(command)
    return _calls.read_answer(encoded, _bridge.wait(_bridge.call(encoded.text)))


_live.send = send
#: What a route gave the page by ``AppResponder(data=...)``.
startup_data = None


def portable_class(cls, name=None):
    """Let instances of a class cross between page and server: ``@portable_class`` or ``@portable_class("name")``."""
    if isinstance(cls, str):
        given = cls

        def mark(real):
            _wire.register_portable(real, given)
            return real

        return mark
    _wire.register_portable(cls, name or "%s.%s" % (cls.__module__, cls.__name__))
    return cls


class _NoLoadingIndicator:
    """Calls within a ``with`` show no spinner."""

    def __enter__(self):
        _bridge.loading(False)
        return self

    def __exit__(self, kind, value, trace):
        _bridge.loading(True)
        return False


no_loading_indicator = _NoLoadingIndicator()


class _LoadingIndicator:
    """The spinner for as long as a block runs, over the whole page."""

    def __init__(self, component=None, min_height=None):
        self._component = component

    def __call__(self, component=None, min_height=None):
        return _LoadingIndicator(component, min_height)

    def start(self):
        """Show it until ``stop``."""
        _bridge.busy(True)

    def stop(self):
        """Stop showing it."""
        _bridge.busy(False)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        self.stop()
        return False


loading_indicator = _LoadingIndicator()


def is_app_online():
    """Return whether the page has its connection to the server."""
    return _bridge.is_online()


def get_app_origin(branch=None):
    """Return the widget's address."""
    return app._origin


def get_api_origin(branch=None):
    """Return the address of the widget's HTTP endpoints."""
    return app._api_origin


def reset_session():
    """Begin a new session: what the server remembered of this one is forgotten."""
    send({"command": "anvil.private.reset_session", "args": [], "kwargs": {}})
    invalidate_client_objects()


def launch_background_task(*args, **kwargs):
    """Refuse: server code alone launches background tasks."""
    raise RuntimeError("Background tasks are launched from server code: write a server function that does it.")


def raise_event(*args, **kwargs):
    """Refuse: server code alone raises events for pages."""
    raise RuntimeError("Events for pages are raised from server code: write a server function that does it.")


class server_method:
    """Mark a method of a portable class that runs on the server, also one of the class itself."""

    def __new__(cls, method=None, **options):
        if method is None:
            return cls
        return object.__new__(cls)

    def __init__(self, method):
        self._is_class_method = isinstance(method, classmethod)
        self._method = method.__func__ if self._is_class_method else method

    def __get__(self, instance, owner):
        whom = owner if self._is_class_method or instance is None else instance
        name = _wire._names.get(owner, owner.__name__)
        command = "anvil.server_method:%s.%s" % (name, self._method.__name__)

        def called(*args, **kwargs):
            return send({"command": command, "args": [whom] + list(args), "kwargs": kwargs})

        return called


class _Context:
    """From where this code was called: here it begins."""

    type = "browser"
    client = None
    background_task_id = None
    call_stack = ()


context = _Context()
_invalidated = []


def _on_invalidate_client_objects(forget):
    """Call ``forget`` when what the server told this page is not true any more: somebody logged in or out."""
    _invalidated.append(forget)


def invalidate_client_objects():
    """Forget what the server told this page: somebody logged in or out."""
    for forget in _invalidated:
        forget()
