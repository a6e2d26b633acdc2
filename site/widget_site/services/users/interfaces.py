"""What the Users service needs of others; the assembly of services hands it in."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from widget_site.services.native import NativeCall
from widget_wire.runs import ServiceCall

T = TypeVar("T")

#: Sends a mail of a widget: its id and the keyword arguments of ``anvil.email.send``; NativeError when it can't be.
SendMail = Callable[[str, dict[str, Any]], Awaitable[object]]

#: Returns the address of who signed in with a provider where a call comes from; "" for nobody, or for one that the
#: provider does not vouch for. NativeError when the widget does not have the provider's service.
EmailAt = Callable[[ServiceCall, str], Awaitable[str]]


class Tables(Protocol):
    """The Data Tables of the widget that calls, in the transaction of the caller."""

    async def read(self, call: ServiceCall, work: Callable[[Any], T]) -> T:
        """Do work that changes nothing."""

    async def write(self, call: ServiceCall, work: Callable[[Any], T]) -> T:
        """Do work that is kept, whole."""

    async def require_room(self, call: ServiceCall) -> None:
        """Count a row that is about to be added; NativeError when there is no room."""

    async def row(self, call: NativeCall, table_id: int, row_id: int, fetch: Any) -> list[Any] | None:
        """Return a row for the library; None when it is gone."""

    def held(self, value: Any) -> tuple[int, int]:
        """Return table and row id of a row in the arguments; NativeError for anything else."""


class Logins(Protocol):
    """Who is logged in where a call comes from, and what the browser there remembers."""

    async def current(self, call: ServiceCall) -> dict[str, Any] | None:
        """Return what ``change`` was given last."""

    async def change(self, call: ServiceCall, login: dict[str, Any] | None) -> None:
        """Have somebody, or nobody, logged in."""

    async def forget_objects(self, call: ServiceCall) -> None:
        """Let what the page that called was given before be worth nothing."""

    async def remembered(self, call: ServiceCall) -> dict[str, Any]:
        """Return what ``remember`` was given last."""

    async def remember(self, call: ServiceCall, values: Mapping[str, Any], days: float) -> None:
        """Have the browser keep values; nothing happens without one."""
