"""The files that a new widget starts with: one small program per kind that is built, which runs as it is."""

import functools
from importlib import resources

from widget_model.files import MAIN, FileContent
from widget_model.kinds import Kind

#: What a new widget is called until its owner says otherwise.
TITLES = {Kind.SCRIPT: "My script", Kind.SCHEDULED: "My scheduled task", Kind.API: "My HTTP API"}


@functools.cache
def _text(name: str) -> str:
    return resources.files(__package__).joinpath("files", name).read_text()


def starter(kind: Kind) -> dict[str, FileContent]:
    """Return the files of a new widget of this kind; KeyError for a kind that is not built."""
    if kind not in TITLES:
        raise KeyError(kind)
    return {MAIN: _text(f"{kind.value}.py"), "README.md": _text(f"{kind.value}.md")}
