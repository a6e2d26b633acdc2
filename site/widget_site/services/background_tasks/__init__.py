"""Background tasks (B-01 to B-19): ``anvil.server.launch_background_task`` and the objects that stand for tasks.

A widget's code sees the tasks of its widget and no others. A client that was handed a task's object may ask how it is;
it launches and manages none.
"""

from collections.abc import Mapping

from widget_site.services.background_tasks.launching import Launcher
from widget_site.services.background_tasks.objects import TaskObjects
from widget_site.services.background_tasks.outside import Outside
from widget_site.services.native import SignerOf
from widget_site.services.registry import Service

__all__ = ["Outside", "background_task_services"]


def background_task_services(outside: Outside, signer_of: SignerOf) -> Mapping[str, Service]:
    """Return the services by command."""
    return {**Launcher(outside, signer_of).services(), **TaskObjects(outside, signer_of).services()}
