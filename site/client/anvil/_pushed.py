"""Events that server code raises for open pages (``anvil.server.raise_event`` there)."""

from anvil import _errors, _wire

#: Name of an event → its handlers, in the order in which they were registered.
_handlers = {}


def event_handler(name):
    """Have a function called with the payload of each event ``name`` that server code raises: a decorator.

    For a method of a form, ``anvil.server.event_handler("name")(self.method)``.
    """
    if not isinstance(name, str):
        raise TypeError("event_handler() takes the name of an event, not %s" % type(name).__name__)

    def register(handler):
        if not callable(handler):
            raise TypeError("The handler of an event must be a callable, not type '%s'" % type(handler).__name__)
        _handlers.setdefault(name, []).append(handler)
        return handler

    return register


def remove_event_handler(name, handler):
    """Have it called no more; LookupError when it is none of this event's handlers."""
    handlers = _handlers.get(name, [])
    if handler not in handlers:
        raise LookupError("This function is no handler of the event '%s'" % name)
    handlers.remove(handler)


def arrived(message):
    """Call the handlers of an event; what one raises keeps no other from being called."""
    event = _wire.decoded(message)
    for handler in list(_handlers.get(event["name"], [])):
        try:
            handler(event["payload"])
        except Exception as error:
            _errors.report(error)
