"""The four kinds of widget."""

from enum import StrEnum


class Kind(StrEnum):
    """What a widget is; fixed at creation (W-01)."""

    #: Runs top to bottom when its owner clicks Run.
    SCRIPT = "script"
    #: A script that runs by itself at set times.
    SCHEDULED = "scheduled"
    #: Answers HTTP requests at its public URL.
    API = "api"
    #: A page of forms and components, with Python on both sides.
    GUI = "gui"


#: All of them, in the order in which they are offered.
KINDS = tuple(Kind)
#: Those that are run from top to bottom, by their owner or their schedule; the others are called.
RUN = (Kind.SCRIPT, Kind.SCHEDULED)
#: Those that are called.
SERVES = (Kind.API, Kind.GUI)
