"""Where WebSockets of our own pages come in: who may open one, how many may be open, and their end with the site."""

import collections
import contextlib
from collections.abc import Iterator

from quart import websocket

from widget_site.accounts.visitor import Visitor, session_visitor
from widget_site.conversation import Conversation
from widget_site.parts import SiteParts


class Doorway:
    """The sockets of one kind in this process: at most ``most``, and ``most_of_one`` of an account."""

    def __init__(self, parts: SiteParts, most: int, most_of_one: int) -> None:
        self._parts = parts
        self._most = most
        self._most_of_one = most_of_one
        self._places: collections.Counter[str] = collections.Counter()
        self._open: set[Conversation] = set()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._open)

    def close_all(self) -> None:
        """End every conversation, also those that are about to begin: the site stops."""
        self._is_closed = True
        for conversation in list(self._open):
            conversation.stop()

    async def visitor(self) -> Visitor | None:
        """Return who asks for a socket; None when it must be refused before the upgrade.

        That is so for other sites' pages, whoever looks at them, and for strangers and programs without a session.
        """
        if websocket.headers.get("Origin", "").lower() != self._parts.settings.site_url:
            return None
        visitor = await session_visitor(self._parts, dict(websocket.cookies))
        return None if visitor.id is None else visitor

    @contextlib.contextmanager
    def place(self, account: str) -> Iterator[bool]:
        """Hold a place for this account's next socket; False when there is none.

        It counts from here on, not from when the conversation begins: what opens many at once meets the bound, too.
        """
        if self._places.total() >= self._most or self._places[account] >= self._most_of_one:
            yield False
            return
        self._places[account] += 1
        try:
            yield True
        finally:
            self._places[account] -= 1
            if not self._places[account]:
                del self._places[account]

    @contextlib.contextmanager
    def let_in(self, conversation: Conversation) -> Iterator[None]:
        """Know of a conversation while it lasts."""
        self._open.add(conversation)
        if self._is_closed:
            conversation.stop()
        try:
            yield
        finally:
            self._open.discard(conversation)
