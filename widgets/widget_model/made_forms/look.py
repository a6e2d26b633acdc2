"""How an app that is made looks: as those look that widgets start with, light or dark as its visitor has it."""

from widget_model.kinds import Kind
from widget_model.starters import starter

_STYLES = "theme/assets/theme.css"


def look() -> dict[str, str]:
    """Return the files of the theme."""
    return {_STYLES: str(starter(Kind.GUI, "table")[_STYLES])}
