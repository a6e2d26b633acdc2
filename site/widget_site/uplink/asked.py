"""What a link's CALL message is as a call: who makes it, after whom, and in which session."""

from dataclasses import dataclass
from typing import Any

from widget_model.ids import new_id
from widget_site.store.uplink_keys import SERVER
from widget_site.store.values import UplinkHolder
from widget_wire import functions
from widget_wire.runs import ServiceCall

MAX_ID_CHARS = 100
#: What is kept of a call; the last names an object of ours, and its method.
_FIELDS = (*functions.CALL_FIELDS, "liveObjectCall")


@dataclass(frozen=True)
class Asker:
    """Who is at the other end of a link. All of it is ours to say, and nothing the peer's."""

    link_id: str
    holder: UplinkHolder
    address: str
    origin: str
    #: The session of what it calls by itself.
    session: str


def asked(asker: Asker, message: dict[str, Any], before: ServiceCall | None) -> ServiceCall:
    """Return what a CALL asks for, without its media; ``before`` is the call of ours in which it is made."""
    is_server = asker.holder.kind == SERVER
    caller = "uplink" if is_server else "client_uplink"
    frame = {"type": "uplink" if is_server else "client-uplink"}
    client: dict[str, Any] = {"type": caller, "ip": asker.address, "location": None}
    stack: tuple[dict[str, Any], ...] = ()
    within: tuple[str, ...] = ()
    session, visit = asker.session, ""
    if before is not None:
        stack, client = before.call_stack, before.client
        within = (before.run_id, *before.within)
        session, visit = before.session, before.visit
    return ServiceCall(
        id=new_id(),
        runner="",
        # What groups the calls of one thread (a transaction); nobody else's can have our id in front.
        run_id=f"{asker.link_id}-{str(message.get('call-stack-id'))[:MAX_ID_CHARS]}",
        widget_id=asker.holder.widget_id,
        trigger="uplink",
        origin=asker.origin,
        command=str(functions.command_of(message))[:1000],
        message={name: message[name] for name in _FIELDS if name in message},
        caller=caller,
        call_stack=(frame, *stack),
        session=session,
        slug=asker.holder.slug,
        client=client,
        visit=visit,
        within=within,
    )
