"""The errors of server calls by their classes, and how one is made of what the server told."""


class AnvilWrappedError(Exception):
    """What a server function raised, or what went wrong with a call; ``str`` of it is the message."""

    _remote_type = None
    _remote_trace = ()


class SerializationError(AnvilWrappedError):
    """A value that can't cross between page and server."""


class InternalError(AnvilWrappedError):
    """Something went wrong on the platform's side."""


class InvalidResponseError(AnvilWrappedError):
    """The server's answer was not in order."""


class RuntimeUnavailableError(AnvilWrappedError):
    """There is no place to run server code now."""


class UplinkDisconnectedError(AnvilWrappedError):
    """The uplink that has the function went away."""


class ExecutionTerminatedError(AnvilWrappedError):
    """The server function was ended."""


class TimeoutError(AnvilWrappedError):
    """The server function took too long."""


class QuotaExceededError(AnvilWrappedError):
    """A limit is reached."""


class NoServerFunctionError(AnvilWrappedError):
    """There is no server function of that name."""


class BackgroundTaskError(AnvilWrappedError):
    """Something about a background task."""


class BackgroundTaskNotFound(BackgroundTaskError):
    """There is no such background task."""


class BackgroundTaskKilled(BackgroundTaskError):
    """The background task was ended by somebody."""


class PermissionDenied(AnvilWrappedError):
    """This may not be done from here."""


class ServiceNotAdded(AnvilWrappedError):
    """The widget does not use that service."""


class CookieError(AnvilWrappedError):
    """Cookies can't be used so."""


class SessionExpiredError(AnvilWrappedError):
    """The session is over; the page must be loaded anew."""


class AppOfflineError(AnvilWrappedError):
    """The page has no connection to the server."""


class InvalidObjectError(AnvilWrappedError):
    """An object of the server was changed or is of another session."""


_types = {}
_mixed = {}
for _class in (
    SerializationError,
    InternalError,
    InvalidResponseError,
    RuntimeUnavailableError,
    UplinkDisconnectedError,
    ExecutionTerminatedError,
    TimeoutError,
    QuotaExceededError,
    NoServerFunctionError,
    BackgroundTaskError,
    BackgroundTaskNotFound,
    BackgroundTaskKilled,
    PermissionDenied,
    ServiceNotAdded,
    CookieError,
    SessionExpiredError,
    AppOfflineError,
    InvalidObjectError,
):
    _types["anvil.server." + _class.__name__] = _class

#: Errors of Python that arrive as their own class, too.
_builtins = {
    "AssertionError": AssertionError,
    "AttributeError": AttributeError,
    "ImportError": ImportError,
    "IndexError": IndexError,
    "KeyError": KeyError,
    "NameError": NameError,
    "NotImplementedError": NotImplementedError,
    "OverflowError": OverflowError,
    "RuntimeError": RuntimeError,
    "TypeError": TypeError,
    "ValueError": ValueError,
    "ZeroDivisionError": ZeroDivisionError,
}


def _register_exception_type(name, cls):
    """Let what the server raises under this name arrive as ``cls``."""
    _types[name] = cls


def error_of(told):
    """Return the exception for what the server told: its registered class, else one that is an AnvilWrappedError."""
    name, message = told.get("type"), told.get("message") or ""
    cls = _types.get(name)
    if cls is None:
        cls = _mixed_class(name)
    error = cls(message)
    error._remote_type = name
    error._remote_trace = told.get("trace") or []
    return error


def _mixed_class(name):
    """A class that is AnvilWrappedError and the error of Python that has this name, where there is one."""
    if name not in _builtins:
        return AnvilWrappedError
    if name not in _mixed:
        _mixed[name] = type(str(name), (AnvilWrappedError, _builtins[name]), {})
    return _mixed[name]
