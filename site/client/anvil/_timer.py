"""Timer: the page keeps the time, and is told when Python is done with a tick."""

import _bridge

from anvil._component import Component


class TimerBase(Component):
    """Raises ``tick`` every ``interval`` seconds while it is on the page; 0 is never."""

    def _happened(self, event, event_args):
        try:
            Component._happened(self, event, event_args)
        finally:
            if event == "tick":
                _bridge.set(self._id, "ticked", True)
