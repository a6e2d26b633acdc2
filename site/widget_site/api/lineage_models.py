"""The bodies of the JSON API about forks and what they came from."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from widget_site.api.models import Body, Content
from widget_site.api.revision_models import FileChangeShown

_PATHS = 200


class Settled(Body):
    """What to do where both sides changed the same lines."""

    choices: dict[str, Literal["mine", "theirs"]] = Field(
        default={}, max_length=_PATHS, description="For a path in conflict: whose file is taken."
    )
    files: dict[str, Content] = Field(
        default={}, max_length=_PATHS, description="For a path in conflict: what stands there instead of either."
    )


class Pull(Settled):
    """Bring what the parent changed into a fork."""

    parent_revision: int | None = Field(None, description="The parent's revision that was looked at; 409 if it is old.")


class ParentShown(BaseModel):
    """A fork beside what it came from."""

    slug: str = Field(description="The parent's.")
    revision: int = Field(description="The parent's latest.")
    forked_revision: int | None = Field(description="The parent's revision that the fork began as.")
    theirs: list[FileChangeShown] = Field(description="What the parent changed since both were last the same.")
    mine: list[FileChangeShown] = Field(description="What the fork changed since then.")
    conflicts: list[str] = Field(description="Files whose changes meet: a pull must choose for each.")


class ParentDiffQuery(BaseModel):
    """Whose changes to show."""

    side: Literal["mine", "theirs"] = Field("mine", description="What the fork changed, or what its parent changed.")
    path: Annotated[str, Field(max_length=200)] | None = Field(None, description="This file alone.")
