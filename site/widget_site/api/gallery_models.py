"""The bodies of the JSON API about the gallery and stars."""

from typing import Literal

from pydantic import BaseModel, Field

from widget_site.api.models import KindName, ListQuery


class GalleryQuery(ListQuery):
    """Which public widgets to list, and in what order."""

    q: str = Field("", description="Words that are in the name, the title, the description or the tags.")
    kind: KindName | None = None
    tag: str = Field("", description="Only widgets with this tag.", max_length=100)
    sort: Literal["newest", "forked", "starred"] = Field(
        "newest", description="forked, starred: those with most first."
    )


class StarShown(BaseModel):
    """Whether the caller starred a widget."""

    starred: bool
    star_count: int = Field(description="By everybody.")
