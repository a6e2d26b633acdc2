"""What user code calls of background tasks beside the library: ``run_script``, and what a launch must not do."""

import time
from typing import Any

from widget_wire.background import SCRIPT

_POLL_S = 0.2
IN_LOADING = (
    "The file is only being loaded, to find the background task in it, and would launch one each time. Put what a "
    'script does on its own below:  if __name__ == "__main__":'
)


def add(public: Any) -> None:
    """Give ``anvil.server`` what the library on PyPI lacks."""

    def run_script(name: str, *arguments: Any) -> Any:
        """Run a script of the widget as a background task, wait for it, and return its ``anvil.script.return_value``.

        Raises what the script raised.
        """
        task = public.launch_background_task(SCRIPT + name, *arguments)
        while not task.is_completed():
            time.sleep(_POLL_S)
        return task.get_return_value()

    public.run_script = run_script
