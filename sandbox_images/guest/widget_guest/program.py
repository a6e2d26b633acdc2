"""The widget's code as a module, loaded once in a process, whichever calls need it."""

import threading
from types import CodeType
from typing import Protocol

from widget_guest.script import make_module


class Loads(Protocol):
    """What a process serves calls with."""

    #: What loading it raised, to every call.
    failure: BaseException | None
    #: What one of its modules raised; calls of what the others have work.
    part_failure: BaseException | None

    def load(self) -> None:
        """Load it once."""


class Program:
    """``source`` as the module of the file ``main``; ``code`` when it is known what that compiles to."""

    def __init__(self, source: bytes, main: str, code: CodeType | None = None) -> None:
        self._source = source
        self._main = main
        self._code = code
        self._loading = threading.RLock()
        self._is_loaded = False
        #: What loading it raised.
        self.failure: BaseException | None = None
        #: It is one module.
        self.part_failure: BaseException | None = None

    def load(self) -> None:
        """Execute it, or wait until another thread has; raises what that raised, to every call (S-11)."""
        with self._loading:
            if self.failure is not None:
                raise self.failure
            if not self._is_loaded:
                self._is_loaded = True
                self._execute()

    def _execute(self) -> None:
        module = make_module(self._main.removesuffix(".py"), self._main)
        try:
            exec(self._code or compile(self._source, self._main, "exec", dont_inherit=True), module.__dict__)
        except BaseException as failure:  # user code may raise anything; it is every call's
            self.failure = failure
            raise
