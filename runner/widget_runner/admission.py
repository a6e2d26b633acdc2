"""Which run may start now: fair between widgets, bounded for each and for all. No clock, no I/O."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, TypeVar

from widget_model.limits import WIDGET_CONCURRENCY, WIDGET_NESTED, WIDGET_QUEUE

_T = TypeVar("_T")

#: Calls of functions by runs of all widgets, for each place.
_NESTED_PER_PLACE = 4


#: What follows a widget's id where its background tasks queue: beside its other runs, so that they delay none.
_TASKS = ":tasks"


def queue_of(widget_id: str, *, is_background: bool) -> str:
    """Return what to ``offer`` a run of this widget under, in place of its id."""
    return widget_id + _TASKS if is_background else widget_id


def is_of_tasks(widget_id: str) -> bool:
    """Whether this is a queue of background tasks."""
    return widget_id.endswith(_TASKS)


class Verdict(Enum):
    """What becomes of a run that was offered."""

    #: It has a place; ``release`` gives it back.
    START = "start"
    #: It waits; ``release`` hands it out later.
    WAIT = "wait"
    #: Its widget has too many runs waiting already.
    FULL = "full"


@dataclass(frozen=True)
class Caps:
    """How many runs there may be."""

    #: Running at once, of all widgets together.
    places: int
    #: Running at once, of one widget.
    widget_running: int = WIDGET_CONCURRENCY
    #: Waiting, of one widget.
    widget_waiting: int = WIDGET_QUEUE
    #: Waiting, of all widgets together: no more are taken, the rest stays in Redis for other runners.
    backlog: int = 512
    #: Running beside those of one widget, because a run of its own waits for them. They get places at once or never:
    #: waiting for one that their own caller holds would be waiting for ever.
    widget_nested: int = WIDGET_NESTED

    def of_tasks(self) -> int:
        """Return how many places background tasks may hold: a quarter of them is left to what people wait for."""
        return max(1, self.places - max(1, self.places // 4))

    def of_tasks_of_one_widget(self) -> int:
        """Return how many places the background tasks of one widget may hold: half of them is left to its requests."""
        return max(1, self.of_one_widget() // 2)

    def of_one_widget(self) -> int:
        """Return how many places one widget may hold: a quarter of them is always left to others, so that a widget
        with long runs never holds the whole runner.
        """
        if self.places <= 1:
            return 1
        return min(self.widget_running, self.places - max(1, self.places // 4))


@dataclass
class _Queue(Generic[_T]):
    running: int = 0
    nested: int = 0
    waiting: deque[_T] = field(default_factory=deque)


class Admission(Generic[_T]):
    """Hands out places. Widgets that wait take turns, so a widget with a thousand runs delays nobody's single one."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._widgets: dict[str, _Queue[_T]] = {}
        #: Widgets with runs waiting, in the order of their turns.
        self._turns: OrderedDict[str, None] = OrderedDict()
        self.running = 0
        self.waiting = 0
        #: Calls of functions by runs, beside ``running``.
        self.nested = 0
        #: Background tasks, within ``running``.
        self.tasks = 0

    @property
    def backlog(self) -> int:
        """How many runs may wait here."""
        return self._caps.backlog

    def offer(self, widget_id: str, item: _T) -> Verdict:
        """Place a run, or let it wait, or refuse it."""
        queue = self._widgets.setdefault(widget_id, _Queue())
        if not queue.waiting and self._may_start(widget_id, queue):
            self._start(widget_id, queue)
            return Verdict.START
        if len(queue.waiting) >= self._caps.widget_waiting:
            return Verdict.FULL
        queue.waiting.append(item)
        self.waiting += 1
        self._turns.setdefault(widget_id, None)
        return Verdict.WAIT

    def offer_nested(self, widget_id: str) -> Verdict:
        """Place a call that a run of this widget waits for, or refuse it; ``release`` with ``nested`` ends it."""
        queue = self._widgets.setdefault(widget_id, _Queue())
        if queue.nested >= self._caps.widget_nested or self.nested >= _NESTED_PER_PLACE * self._caps.places:
            self._forget_if_idle(widget_id)
            return Verdict.FULL
        queue.nested += 1
        self.nested += 1
        return Verdict.START

    def release(self, widget_id: str, *, nested: bool = False) -> list[_T]:
        """Give back a place of this widget; return the runs that have one now."""
        queue = self._widgets[widget_id]
        if nested:
            queue.nested -= 1
            self.nested -= 1
            self._forget_if_idle(widget_id)
            return []
        queue.running -= 1
        self.running -= 1
        self.tasks -= is_of_tasks(widget_id)
        started = list(self._next_turns())
        self._forget_if_idle(widget_id)
        return started

    def withdraw(self, widget_id: str, item: _T) -> bool:
        """Take back a waiting run; False when it does not wait (any more)."""
        queue = self._widgets.get(widget_id)
        if queue is None or item not in queue.waiting:
            return False
        queue.waiting.remove(item)
        self._waited(widget_id, queue)
        self._forget_if_idle(widget_id)
        return True

    def withdraw_all(self) -> list[_T]:
        """Take back every waiting run, in the order of their turns."""
        items = [item for widget_id in self._turns for item in self._widgets[widget_id].waiting]
        for widget_id in list(self._turns):
            self._widgets[widget_id].waiting.clear()
            self._forget_if_idle(widget_id)
        self._turns.clear()
        self.waiting = 0
        return items

    def _may_start(self, widget_id: str, queue: _Queue[_T]) -> bool:
        if self.running >= self._caps.places:
            return False
        if is_of_tasks(widget_id):
            return self.tasks < self._caps.of_tasks() and queue.running < self._caps.of_tasks_of_one_widget()
        return queue.running < self._caps.of_one_widget()

    def _start(self, widget_id: str, queue: _Queue[_T]) -> None:
        queue.running += 1
        self.running += 1
        self.tasks += is_of_tasks(widget_id)

    def _next_turns(self) -> Iterator[_T]:
        """Fill the free places, one run a turn; a widget at its own cap keeps its turn but is passed over."""
        for widget_id in list(self._turns):
            if self.running >= self._caps.places:
                return
            queue = self._widgets[widget_id]
            if not self._may_start(widget_id, queue):
                continue
            item = queue.waiting.popleft()
            self._start(widget_id, queue)
            self._turns.move_to_end(widget_id)
            self._waited(widget_id, queue)
            yield item

    def _waited(self, widget_id: str, queue: _Queue[_T]) -> None:
        self.waiting -= 1
        if not queue.waiting:
            self._turns.pop(widget_id, None)

    def _forget_if_idle(self, widget_id: str) -> None:
        queue = self._widgets.get(widget_id)
        if queue is not None and not (queue.running or queue.waiting or queue.nested):
            del self._widgets[widget_id]
