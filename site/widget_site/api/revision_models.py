"""The bodies of the JSON API about revisions, drafts and what differs."""

from typing import Literal

from pydantic import BaseModel, Field

from widget_site.api.models import MAX_PATHS, Body, Content, Time


class FilesPatch(Body):
    """Files to write; null removes one. The others stay."""

    files: dict[str, Content | None] = Field(max_length=MAX_PATHS)
    base_revision: int | None = Field(None, description="The revision that these were made from; 409 if it is old.")
    message: str = Field("", max_length=1000)
    drop_draft: bool = Field(False, description="Whether the editor's draft is forgotten with it.")
    draft_version: int | None = Field(
        None, description="With drop_draft: the draft that was seen, 0 for none; 409 if there is another one."
    )


class DraftBody(Body):
    """The whole of a draft."""

    files: dict[str, Content] = Field(max_length=MAX_PATHS)
    base_revision: int
    version: int | None = Field(None, description="The draft's version that was seen, 0 for none; 409 if it is old.")


class Saved(BaseModel):
    """The revision that the public URL serves now."""

    revision: int


class FileChangeShown(BaseModel):
    """A file that differs."""

    path: str
    change: Literal["added", "removed", "changed", "renamed"]
    old_path: str | None = Field(description="What a renamed file was called.")
    is_text: bool
    added: int = Field(description="Lines; 0 for what is no text.")
    removed: int
    old_size: int | None = Field(description="Bytes; null where there is no such file.")
    new_size: int | None


class ChangesShown(BaseModel):
    """What a revision changed of the one before, in short."""

    files: list[FileChangeShown]
    more: int = Field(description="How many more files than these.")


class RevisionShown(BaseModel):
    """A revision in the history."""

    revision: int
    author: str | None
    message: str
    created_at: Time
    changes: ChangesShown | None = Field(description="null for a first revision, and where it is not known.")


class DiffQuery(BaseModel):
    """What to compare."""

    from_: int | None = Field(
        None, alias="from", ge=0, le=2**31 - 1, description="A revision, 0 for nothing; else the one before `to`."
    )
    to: str = Field(
        "", pattern="^([0-9]{1,9}|draft)?$", description="A revision, or draft (the owner's alone); else the latest."
    )
    path: str | None = Field(None, max_length=200, description="This file alone, with more of its lines.")


class HunkShown(BaseModel):
    """Lines that stand together; each begins with a space (on both sides), - (old) or + (new)."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    lines: list[str]


class FileDiffShown(FileChangeShown):
    """A file that differs, and where."""

    hunks: list[HunkShown]
    is_cut: bool = Field(description="Whether hunks were left out: ask for this path alone.")


class Diff(BaseModel):
    """What differs."""

    files: list[FileDiffShown]


class RestoreBody(Body):
    """What becomes of the draft."""

    draft: Literal["save", "discard"] = Field(
        "save", description="save: it becomes a revision of its own first. discard: it is lost."
    )


class RevisionFull(RevisionShown):
    """A revision with its files."""

    files: dict[str, Content]


class Revisions(BaseModel):
    """A page of the history, newest first."""

    items: list[RevisionShown]
    next: str | None


class DraftSaved(BaseModel):
    """The draft's version now."""

    version: int


class DraftShown(DraftSaved):
    """A draft."""

    files: dict[str, Content]
    base_revision: int
    changed_at: Time
