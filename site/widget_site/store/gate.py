"""Between what is saved and what is served: the protocol of ``widget_wire.submit``, as the store calls it."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass
class Change:
    """A change under way; the store says what came of it before the block ends."""

    #: The widget's generation as committed; None when nothing was changed after all.
    generation: int | None = None
    #: The widget's name (the new one when it was renamed), for those who watch it.
    slug: str | None = None
    #: The new revision's number, where the change made one.
    revision: int | None = None


class ServingGate(Protocol):
    """Wraps every change of what a widget's public URL serves."""

    def change(self, widget_id: str) -> AbstractAsyncContextManager[Change]:
        """Shut the widget, let the block commit its change, open it at the new generation.

        A failing block sets nothing; the gate then only forgets what it believed. Never raises for an absent Redis.
        """


class NoGate:
    """A gate for processes that serve no widgets and tests of the store alone."""

    @contextlib.asynccontextmanager
    async def change(self, widget_id: str) -> AsyncIterator[Change]:
        """Do nothing around the change."""
        yield Change()
