"""The bodies of the JSON API about packages."""

from typing import Annotated

from pydantic import BaseModel, Field

from widget_site.api.models import MAX_PATHS, Body, Environment


class Requirements(Body):
    """All packages of a widget, as lines of a requirements.txt: names, extras, versions, markers."""

    requirements: list[Annotated[str, Field(max_length=1000)]] = Field(max_length=MAX_PATHS)
    base_revision: int | None = Field(None, description="The revision that these were made from; 409 if it is old.")


class EnvironmentFull(Environment):
    """The packages of a widget, for its owner."""

    requirements: list[str]
    packages: list[str] = Field(description="name==version of everything that was installed.")
    reason: str = Field(description="Why it failed: limit, time, version, conflict, compiler, build, unpacked, ...")
    phase: str = Field(description="While installing: queued, resolve, download, build or install.")
    downloaded_bytes: int
    limit_bytes: int = Field(description="While installing: how many bytes may be downloaded.")
    size_bytes: int
    seconds: float
    log: str


class EnvironmentWanted(BaseModel):
    """What was asked for; ``GET .../environment`` tells how far it is."""

    revision: int
    environment: Environment
