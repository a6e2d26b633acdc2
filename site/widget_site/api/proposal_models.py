"""The bodies of the JSON API about proposals."""

from typing import Literal

from pydantic import BaseModel, Field

from widget_site.api.lineage_models import Settled
from widget_site.api.models import Body, ListQuery, Time

State = Literal["open", "merged", "closed", "withdrawn"]


class NewProposal(Body):
    """Offer what a fork changed to the owner of its original."""

    title: str = Field(max_length=1000)
    text: str = Field("", max_length=20_000, description="Why, as Markdown.")


class ProposalClosed(Body):
    """End a proposal without taking it."""

    reason: str = Field("", max_length=20_000, description="Told to its author.")


class ProposalMerge(Settled):
    """Take a proposal."""

    round: int = Field(description="The round that was looked at; 409 when there is a newer one.")


class ProposalQuery(ListQuery):
    """Which proposals to list."""

    box: Literal["received", "sent"] = "received"
    state: State | None = None


class ProposalDiffQuery(BaseModel):
    """What to show of a proposal."""

    path: str | None = Field(None, max_length=200, description="This file alone.")


class ProposalShown(BaseModel):
    """A proposal, for its author and the owner of the original."""

    id: str
    widget: str | None = Field(description="The original; null when its author may not see it any more.")
    fork: str | None = Field(description="null when it is gone, or private.")
    author: str | None = Field(description="null for an account that was deleted.")
    title: str
    text: str
    state: State
    round: int = Field(description="An update makes another round; a merge names the one that was looked at.")
    fork_revision: int
    reason: str
    merged_revision: int | None
    conflicts: list[str] | None = Field(
        None, description="Of an open one, for the original's owner: files for which a merge must choose."
    )
    created_at: Time
    changed_at: Time


class Proposals(BaseModel):
    """A page of proposals, newest first."""

    items: list[ProposalShown]
    next: str | None
