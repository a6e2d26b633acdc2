"""What ruff found, as the editor shows it: its JSON read with suspicion, for it was made from text of strangers."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MAX_FINDINGS = 300
_MAX_FIX_CHARS = 20_000
Line = Annotated[int, Field(ge=1, le=10_000_000)]
#: 1 is the first character of a line.
Column = Annotated[int, Field(ge=1, le=10_000_000)]


class _Read(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Place(_Read):
    """A place in the source, counted in characters."""

    row: Line
    column: Column


class Edit(_Read):
    """A part of a fix."""

    content: Annotated[str, Field(max_length=_MAX_FIX_CHARS)]
    location: Place
    end_location: Place


class Fix(_Read):
    """What would mend it."""

    applicability: str
    message: Annotated[str, Field(max_length=1000)] | None = None
    edits: Annotated[list[Edit], Field(max_length=100)]


class Finding(_Read):
    """One thing that ruff found."""

    code: Annotated[str, Field(max_length=40)] | None = None
    message: Annotated[str, Field(max_length=2000)]
    location: Place
    end_location: Place
    fix: Fix | None = None


class _Findings(BaseModel):
    found: list[Finding]


def read_findings(text: str | None) -> list[dict[str, object]] | None:
    """Return findings as JSON, the first MAX_FINDINGS; None for what is no list of findings. Only safe fixes stay."""
    if text is None:
        return None
    try:
        found = _Findings.model_validate_json(f'{{"found": {text}}}').found
    except (ValidationError, RecursionError):
        return None
    shown = []
    for one in found[:MAX_FINDINGS]:
        if one.fix is not None and one.fix.applicability != "safe":
            one.fix = None
        shown.append(one.model_dump())
    return shown
