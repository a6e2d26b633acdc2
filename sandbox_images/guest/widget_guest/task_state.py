"""``anvil.server.task_state`` of a background task, which the site hears of while the task runs (B-05, B-11).

It is a dictionary that notes its changes; what changes deep inside it is found by looking again every PERIOD_S. Nothing
is looked at, and no thread started, before the task first uses it.
"""

import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from widget_guest.link import Link, PayloadError
from widget_wire.start import TASK_STATE

PERIOD_S = 0.25
_OUTSIDE = "Cannot access anvil.server.task_state outside a background task"
_ILLEGAL = "Illegal value in anvil.server.task_state: "
_SERIALIZATION = "anvil.server.SerializationError"


class TaskState(dict):  # type: ignore[type-arg]  # what user code keeps there is its own affair
    """A dictionary that says when it was changed."""

    __slots__ = ()


def _noting(name: str) -> Callable[..., Any]:
    plain = getattr(dict, name)

    def method(self: TaskState, *arguments: Any, **named: Any) -> Any:
        try:
            return plain(self, *arguments, **named)
        finally:
            teller.note()

    method.__name__, method.__doc__ = name, plain.__doc__
    return method


for _name in ("__setitem__", "__delitem__", "__ior__", "update", "pop", "popitem", "setdefault", "clear"):
    setattr(TaskState, _name, _noting(_name))


class _Outside:
    """What stands there in a run that is no background task."""

    def _refuse(self, *_: Any) -> Any:
        raise Exception(_OUTSIDE)  # as on Anvil

    __getitem__ = __setitem__ = __delitem__ = __contains__ = __iter__ = __len__ = _refuse

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Exception(_OUTSIDE)


class Teller:
    """Holds the state of this run's task, and says it to the site when it has changed."""

    def __init__(self) -> None:
        self._link: Link | None = None
        self.value: Any = _Outside()
        self._flat: Callable[[Any], dict[str, Any]]
        self._turn = threading.Lock()
        self._told: dict[str, Any] | None = None
        self._told_at = 0.0
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

    def begin(self, link: Link, flat: Callable[[Any], dict[str, Any]]) -> None:
        """This run is a task: it has a state, which ``flat`` makes an answer's message of; it may raise anything."""
        self._link, self._flat = link, flat
        self.value = TaskState()

    def replace(self, value: Any) -> None:
        """Put another value in the state's place."""
        if self._link is None:
            raise Exception(_OUTSIDE)
        self.value = TaskState(value) if isinstance(value, dict) else value
        self.note()

    def note(self) -> None:
        """Something changed: say it now, or soon when it was said just before."""
        if self._link is None or self._over.is_set() or not self._link.is_here:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._look, name="task_state", daemon=True)
            self._thread.start()
        if time.monotonic() - self._told_at >= PERIOD_S:
            self._tell()

    def end(self) -> None:
        """Say the last state; nothing is said after that."""
        if self._thread is not None and not self._over.is_set():
            self._over.set()
            self._tell()

    def _look(self) -> None:
        while not self._over.wait(PERIOD_S):
            self._tell()

    def _tell(self) -> None:
        if self._link is None or not self._link.is_here or not self._turn.acquire(blocking=self._over.is_set()):
            return  # another thread is at it
        try:
            said = self._said()
            if said is not None and said != self._told:
                self._told = said
                self._link.send({"type": TASK_STATE, **said})
        except (OSError, PayloadError, TypeError, ValueError, RecursionError) as error:
            self._told = {"error": {"type": _SERIALIZATION, "message": f"{_ILLEGAL}{error}"[:1000]}}
            self._link.send({"type": TASK_STATE, **self._told})
        finally:
            self._told_at = time.monotonic()
            self._turn.release()

    def _said(self) -> dict[str, Any] | None:
        """Return the state as it is said; None when it is being changed by another thread just now."""
        try:
            return self._flat(self.value)
        except RuntimeError as error:
            if "changed size" in str(error):
                return None
            return {"error": {"type": _SERIALIZATION, "message": f"{_ILLEGAL}{error}"[:1000]}}
        except Exception as error:  # classes of user code say how they are sent
            return {"error": {"type": _SERIALIZATION, "message": f"{_ILLEGAL}{error}"[:1000]}}


teller = Teller()


class ServerModule(ModuleType):
    """``anvil.server``, in which ``task_state`` can be replaced as a whole."""

    @property
    def task_state(self) -> Any:
        """The state of this run's task."""
        return teller.value

    @task_state.setter
    def task_state(self, value: Any) -> None:
        teller.replace(value)
