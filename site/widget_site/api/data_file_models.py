"""The bodies of the JSON API about data files."""

from pydantic import BaseModel, Field


class DataFileShown(BaseModel):
    """A data file, without its content."""

    path: str
    bytes: int
    type: str = Field(description="The media type that it was put there with.")


class DataFilesShown(BaseModel):
    """The data files of a widget, by path."""

    items: list[DataFileShown]
