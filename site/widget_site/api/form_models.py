"""The bodies of the JSON API about the form that a script's code describes."""

from typing import Literal

from pydantic import BaseModel, Field


class FormField(BaseModel):
    """Something to type before a run."""

    name: str
    type: Literal["text", "integer", "number", "flag", "choice", "date", "datetime"]
    help: str
    required: bool
    default: str = Field(description="In words, what it is when nothing is given; empty when the code computes it.")
    is_on: bool = Field(description="For a flag: how it stands at first.")
    choices: list[str]
    many: bool = Field(description="Whether it is a list of values, at least `least` and at most `most`.")
    least: int
    most: int | None
    flag: str = Field(description="argparse: the option; empty for a positional argument.")
    action: Literal["store", "given", "boolean", "count", "append"] = Field(
        description="argparse: how it is written. given: the option alone; boolean: --x or --no-x; count: as often as "
        "the number says; append: once for each value."
    )


class FormShown(BaseModel):
    """The form of a script, read from its code."""

    kind: Literal["argparse", "signature", "none"] = Field(
        description="argparse: what is typed is for `args`; signature: for `values`; none: the code tells of no form."
    )
    revision: int
    description: str
    fields: list[FormField]
    complete: bool = Field(description="Whether every argument could be read from the code.")
