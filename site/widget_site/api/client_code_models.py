"""The bodies of the JSON API about the code of GUIs while it is written."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from widget_site.api.models import Body

#: Characters of all files of one check.
MAX_CHARS = 2_000_000
MAX_FILES = 1000
Path = Annotated[str, Field(min_length=1, max_length=200)]


class ClientCode(Body):
    """Files of a GUI as its author has them, saved or not."""

    path: Path = Field(description="The file that is checked; one of `files`.")
    files: dict[Path, str] = Field(
        max_length=MAX_FILES, description=f"The texts of the widget, at most {MAX_CHARS} characters in all."
    )

    @model_validator(mode="after")
    def _is_checkable(self) -> "ClientCode":
        if self.path not in self.files:
            raise ValueError("path is none of files")
        if sum(map(len, self.files.values())) > MAX_CHARS:
            raise ValueError(f"files have more than {MAX_CHARS} characters")
        return self


class CodeFix(BaseModel):
    """What mends a place."""

    title: str
    files: dict[str, str] = Field(description="New texts of files; some of them may be new.")
    done: str = Field(description="What to tell afterwards; may be empty.")


class CodeMark(BaseModel):
    """A place in the file that needs a look."""

    line: int
    column: int = Field(description="Counted from 1, in characters.")
    end_column: int = Field(description="0: the end of the line.")
    severity: Literal["error", "warning", "info"]
    text: str
    fixes: list[CodeFix]


class ServerFunction(BaseModel):
    """A function that `anvil.server.call` finds in the widget's server code."""

    name: str
    path: str
    line: int


class CodeChecked(BaseModel):
    """What a check found."""

    marks: list[CodeMark]
    functions: list[ServerFunction]
    types: dict[str, list[str]] = Field(description="Types of components for templates, with their properties.")
    broken: dict[str, str] = Field(description="Templates that can't be read, and why.")
