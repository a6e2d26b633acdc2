"""Calls of server functions: what is sent and what comes back, and those that nobody waits for (``call_async``)."""

import _bridge

from anvil import _errors, _live, _wire
from anvil._server_errors import SerializationError, error_of

_TOO_MUCH = 4000000
PENDING = "PENDING"
FULFILLED = "FULFILLED"
REJECTED = "REJECTED"


def named(args, kwargs, caller="call"):
    """Return the command for what a function like ``call`` was given: the server function's name, then its own."""
    if not args:
        raise TypeError("%s() missing 1 required positional argument: 'name'" % caller)
    name = args[0]
    if not isinstance(name, str):
        raise TypeError("first argument to anvil.server.%s() must be as str, got '%s'" % (caller, type(name).__name__))
    return {"command": name, "args": list(args[1:]), "kwargs": kwargs}


def encode(command):
    """Return a command as it travels; SerializationError for one that can't."""
    try:
        encoded = _wire.encode(command)
    except _wire.NotPortable as error:
        raise SerializationError("Cannot serialize arguments to function. " + str(error))
    if len(encoded.text) > _TOO_MUCH:
        raise SerializationError(
            "Tried to pass too much data to a server function - please use Media objects to transfer large amounts "
            "of data."
        )
    return encoded


def read_answer(encoded, text):
    """Return what a call was answered; what came back as an error is raised."""
    answer = _wire.decode(text)
    if "capUpdates" in answer:
        _live.apply_updates(answer["capUpdates"], encoded.capabilities)
    if "error" in answer:
        raise error_of(answer["error"])
    return answer.get("response")


#: Number of a call that is under way → AsyncCall.
_under_way = {}


def call_async(*args, **kwargs):
    """Call a server function and go on at once; the call that is returned tells what comes of it.

    Nothing shows that it is under way: no spinner.
    """
    call = AsyncCall(encode(named(args, kwargs, "call_async")))
    _under_way[call._number] = call
    return call


def answered(number, text):
    """Take the answer of a call that is under way."""
    call = _under_way.pop(number, None)
    if call is not None:
        call._settle(text)


class AsyncCall:
    """A call that nobody waits for: ``status`` (PENDING, FULFILLED, REJECTED), then ``result`` or ``error``.

    An error that no handler was given for by the time it arrives is shown as one that nobody caught.
    """

    def __init__(self, encoded):
        self._encoded = encoded
        self._status = PENDING
        self._result = None
        self._error = None
        self._on_result = []
        self._on_error = []
        self._awaited = False
        self._number = _bridge.call_later(encoded.text)

    @property
    def status(self):
        """PENDING, FULFILLED or REJECTED."""
        return self._status

    @property
    def result(self):
        """What the function returned; RuntimeError before that, and what it raised when it did."""
        if self._status == PENDING:
            raise RuntimeError("This call has not been answered yet: use on_result() or await_result().")
        if self._status == REJECTED:
            raise self._error
        return self._result

    @property
    def error(self):
        """What the function raised, None for nothing; RuntimeError before there is an answer."""
        if self._status == PENDING:
            raise RuntimeError("This call has not been answered yet: use on_error() or await_result().")
        return self._error

    def on_result(self, result_handler, error_handler=None):
        """Call ``result_handler`` with what the function returns, or ``error_handler`` with what it raises."""
        if error_handler is not None:
            self.on_error(error_handler)
        if self._status == FULFILLED:
            _run(result_handler, self._result)
        elif self._status == PENDING:
            self._on_result.append(result_handler)
        return self

    def on_error(self, error_handler):
        """Call ``error_handler`` with what the function raises."""
        if self._status == REJECTED:
            _run(error_handler, self._error)
        elif self._status == PENDING:
            self._on_error.append(error_handler)
        return self

    def await_result(self):
        """Wait for the answer, and return it or raise it."""
        self._awaited = True
        if self._status == PENDING:
            self._settle(_bridge.wait(_bridge.answer_later(self._number)))
        return self.result

    def _settle(self, text):
        if self._status != PENDING:
            return
        _under_way.pop(self._number, None)
        try:
            self._result = read_answer(self._encoded, text)
            self._status = FULFILLED
        except Exception as error:
            self._error = error
            self._status = REJECTED
        if self._status == FULFILLED:
            for handler in self._on_result:
                _run(handler, self._result)
            return
        for handler in self._on_error:
            _run(handler, self._error)
        if not self._on_error and not self._awaited:
            _errors.report(self._error)


def _run(handler, value):
    """Call a handler; what it raises keeps no other from being called."""
    try:
        handler(value)
    except Exception as error:
        _errors.report(error)
