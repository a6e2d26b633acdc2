"""Changes that forks propose to what they came from."""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, String, Table, Text, text

from widget_site.store.tables.base import DIGEST, ID, metadata

proposal = Table(
    "proposal",
    metadata,
    Column("id", ID, primary_key=True),
    # What is to be changed; its proposals go with it.
    Column("widget_id", ID, ForeignKey("widget.id", ondelete="CASCADE"), nullable=False),
    Column("fork_id", ID, ForeignKey("widget.id", ondelete="SET NULL")),
    Column("author_id", ID, ForeignKey("account.id", ondelete="SET NULL")),
    Column("title", String(200), nullable=False),
    Column("text", Text, nullable=False),
    # open | merged | closed | withdrawn
    Column("state", String(10), nullable=False),
    # The newest of its rounds: an update makes another one.
    Column("round", Integer, nullable=False),
    # Why it was closed.
    Column("reason", Text, nullable=False),
    # The revision that it became.
    Column("merged_revision", Integer),
    Column("created_at", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    Index(None, "widget_id", "id"),
    Index(None, "author_id", "id"),
    # A fork has one open proposal.
    Index(
        "ix_proposal_open",
        "fork_id",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index(None, "fork_id"),
)

#: What a proposal holds at one time: pinned, so that it can't change under whoever looks at it.
proposal_round = Table(
    "proposal_round",
    metadata,
    Column("proposal_id", ID, ForeignKey("proposal.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("fork_revision", Integer, nullable=False),
    # The proposed files, and those that the fork and the original last had in common.
    Column("code", DIGEST, ForeignKey("tree.code"), nullable=False),
    Column("base_code", DIGEST, ForeignKey("tree.code"), nullable=False),
    Column("created_at", Double, nullable=False),
    Index(None, "code"),
    Index(None, "base_code"),
)
