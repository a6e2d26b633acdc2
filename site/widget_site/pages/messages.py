"""What the site told somebody, for them to read here; and what it told everybody, for administrators."""

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import administrator, signed_in
from widget_site.pages.forms import posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import outbox

blueprint = Blueprint("messages", __name__)

STATES = {
    "": "All",
    "waiting": "Waiting",
    "sent": "Sent",
    "failed": "Failed",
    "kept": "Kept in the site",
}


@blueprint.get("/messages")
async def messages() -> str:
    """Show an account's messages, newest first."""
    account = await signed_in()
    shown = await outbox.of_account(parts().store, account.id, after=request.args.get("after"))
    return await page("messages.html", shown=shown, email=account.email, sends_mail=parts().settings.sends_mail)


@blueprint.post("/messages/read")
async def mark_read() -> ResponseReturnValue:
    """Mark what was shown, and everything older, as read."""
    account = await signed_in()
    form = await posted("up_to")
    await outbox.mark_read(parts().store, account.id, form.values["up_to"])
    return see_other("/messages")


@blueprint.get("/admin/messages")
async def all_messages() -> str:
    """Show everybody's messages and what became of them."""
    await administrator()
    site = parts()
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    shown = await outbox.listed(site.store, state=state, after=request.args.get("after"))
    counts = await outbox.count_by_state(site.store)
    links = frozenset(outbox.LINKS)
    return await page(
        "admin_messages.html",
        shown=shown,
        counts=counts,
        states=STATES,
        chosen=state,
        settings=site.settings,
        # Where mail is sent a link is for its reader alone; where none is, somebody has to pass it on.
        hidden=links if site.settings.sends_mail else frozenset(),
        links=links,
    )


@blueprint.post("/admin/messages/test")
async def send_test() -> ResponseReturnValue:
    """Write a message to the administrator who asks, to see whether mail works."""
    account = await administrator()
    site = parts()
    text = f"This message was asked for at {site.settings.site_url}/admin/messages. Mail works if you read it there."
    async with site.store.database.writing() as db:
        await outbox.put(db, outbox.Kind.TEST, "A test of mail from Widgetry", text, account_id=account.id)
    return see_other("/admin/messages?done=test-written")
