"""The bodies of the JSON API about reports."""

from typing import Literal

from pydantic import Field

from widget_site.api.models import Body
from widget_site.store.rules import MAX_REPORT, REPORT_REASONS

ReasonName = Literal["spam", "harmful", "illegal", "personal", "rights", "other"]
assert set(REPORT_REASONS) == set(ReasonName.__args__)  # type: ignore[attr-defined]


class NewReport(Body):
    """What is wrong with a widget."""

    reason: ReasonName
    text: str = Field("", max_length=MAX_REPORT * 2, description="In your words; needed with the reason other.")
