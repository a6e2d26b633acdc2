"""A form between two showings: what was typed, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from quart import request

from widget_site.errors import FormError, SiteError

#: Nothing that people type into a form of ours is longer.
_MAX_CHARS = 20_000


@dataclass
class Form:
    """The values and problems of a form; passwords are kept for the view, and never shown again by the template."""

    values: dict[str, str] = field(default_factory=dict)
    #: What is wrong with one field.
    problems: dict[str, str] = field(default_factory=dict)
    #: What is wrong with the whole.
    problem: str = ""
    #: Status of a page that shows the problems.
    status: int = 200

    def refuse(self, error: SiteError) -> "Form":
        """Note what a store or accounts function said, at its field where it named one that the form has."""
        self.status = error.status
        if isinstance(error, FormError) and error.field in self.values:
            self.problems[error.field] = str(error)
        else:
            self.problem = str(error)
        return self


async def posted(*names: str, defaults: Mapping[str, str] | None = None) -> Form:
    """Return the form that was sent, with an empty text for every field that it lacks."""
    sent = await request.form
    values = {name: str(sent.get(name, (defaults or {}).get(name, "")))[:_MAX_CHARS] for name in names}
    return Form(values)
