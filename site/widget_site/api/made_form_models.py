"""The bodies of the JSON API about forms that are made of tables."""

from pydantic import BaseModel, Field


class MadeFormQuery(BaseModel):
    """How the form is to be called."""

    name: str = Field(
        "", max_length=100, pattern=r"^([A-Za-z][A-Za-z0-9]*)?$", description="A class in Python; of the table without."
    )


class MadeForm(BaseModel):
    """A form that was made, not saved anywhere yet."""

    name: str
    files: dict[str, str] = Field(description="To be saved with the others of a widget of kind gui.")
