"""What the site told the account that asks."""

from quart import Blueprint

from widget_site.accounts.visitor import signed_in
from widget_site.api import message_models
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.store import outbox

blueprint = Blueprint("message_views", __name__)


@blueprint.get("/messages")
@operation(200, message_models.Messages, query=message_models.MessagesQuery)
async def list_messages(query: message_models.MessagesQuery) -> message_models.Messages:
    """List what the site told you, newest first."""
    page = await outbox.of_account(parts().store, (await signed_in()).id, after=query.page, limit=query.limit)
    shown = [
        message_models.MessageShown(
            id=one.id,
            kind=one.kind,
            subject=one.subject,
            text=one.text,
            created_at=one.created_at,
            is_read=one.read_at is not None,
        )
        for one in page.items
    ]
    return message_models.Messages(items=shown, next=page.next)


@blueprint.post("/messages/read")
@operation(204, body=message_models.ReadUpTo)
async def mark_messages_read(body: message_models.ReadUpTo) -> None:
    """Mark a message and everything older as read."""
    await outbox.mark_read(parts().store, (await signed_in()).id, body.up_to)
