"""What Python's contextlib has, for Skulpt."""

import functools


class AbstractContextManager(object):
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return None


class ContextDecorator(object):
    def __call__(self, function):
        def inner(*args, **keywords):
            with self:
                return function(*args, **keywords)

        return functools.update_wrapper(inner, function)


class _Generated(AbstractContextManager, ContextDecorator):
    def __init__(self, function, args, keywords):
        self._made = (function, args, keywords)
        self._generator = None

    def __enter__(self):
        function, args, keywords = self._made
        self._generator = function(*args, **keywords)
        try:
            return next(self._generator)
        except StopIteration:
            raise RuntimeError("generator didn't yield")

    def __exit__(self, kind, error, trace):
        if kind is None:
            try:
                next(self._generator)
            except StopIteration:
                return False
            raise RuntimeError("generator didn't stop")
        if error is None:
            error = kind()
        try:
            self._generator.throw(error)
        except StopIteration as stopped:
            return stopped is not error
        except BaseException as raised:
            if raised is error:
                return False
            raise
        raise RuntimeError("generator didn't stop after throw()")


def contextmanager(function):
    def made(*args, **keywords):
        return _Generated(function, args, keywords)

    return functools.update_wrapper(made, function)


class closing(AbstractContextManager):
    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, kind, error, trace):
        self.thing.close()


class suppress(AbstractContextManager):
    def __init__(self, *exceptions):
        self._exceptions = exceptions

    def __exit__(self, kind, error, trace):
        return kind is not None and issubclass(kind, self._exceptions)


class nullcontext(AbstractContextManager):
    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result


class ExitStack(AbstractContextManager):
    def __init__(self):
        self._exits = []

    def enter_context(self, manager):
        value = manager.__enter__()
        self._exits.append(manager.__exit__)
        return value

    def push(self, leave):
        self._exits.append(leave.__exit__ if hasattr(leave, "__exit__") else leave)
        return leave

    def callback(self, function, *args, **keywords):
        def leave(kind, error, trace):
            function(*args, **keywords)

        self._exits.append(leave)
        return function

    def pop_all(self):
        other = ExitStack()
        other._exits = self._exits
        self._exits = []
        return other

    def close(self):
        self.__exit__(None, None, None)

    def __exit__(self, kind, error, trace):
        came_with = error
        while self._exits:
            leave = self._exits.pop()
            try:
                if leave(kind, error, trace):
                    kind = error = trace = None
            except BaseException as raised:
                kind, error, trace = type(raised), raised, None
        if error is not None and error is not came_with:
            raise error
        return came_with is not None and error is None
