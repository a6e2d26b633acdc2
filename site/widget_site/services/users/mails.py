"""Mails of the Users service: the owner's texts with a link in them, no more than a mailbox can bear."""

from html import escape
from urllib.parse import quote

from widget_model.users_settings import APP, LINK, UsersSettings
from widget_site.accounts.rates import Rate, RateLimiter
from widget_site.errors import TooManyError
from widget_site.services.users.interfaces import SendMail
from widget_wire.runs import ServiceCall

#: Mails of the service to one address of one widget: nobody's mailbox is filled.
MAILS = Rate("users-mails", 5, 3600.0)


class Mails:
    """Sends what the service has to tell its users."""

    def __init__(self, send: SendMail, limiter: RateLimiter) -> None:
        self._send = send
        self._limiter = limiter

    async def send(self, call: ServiceCall, settings: UsersSettings, name: str, email: str, path: str) -> bool:
        """Send a mail of ``MAILS`` with a link to ``path`` of the widget; False when there were too many already."""
        try:
            await self._limiter.take(MAILS, f"{call.widget_id} {email}")
        except TooManyError:
            return False
        mail, link = settings.mail(name), f"{call.origin}/_/{quote(path, safe='/.@-_~')}"
        app = call.origin.partition("://")[2].partition(":")[0]
        subject = mail.subject.replace(APP, app)
        text = mail.text.replace(APP, app)
        given = {
            "to": [email],
            "subject": subject,
            "text": text.replace(LINK, link),
            "html": _html(text, link),
            "from_address": settings.from_address or None,
            "from_name": settings.from_name or None,
        }
        await self._send(call.widget_id, given)
        return True


def _html(text: str, link: str) -> str:
    anchor = f'<a href="{escape(link)}">{escape(link)}</a>'
    paragraphs = escape(text).strip().replace("\r\n", "\n").split("\n\n")
    return "".join(f"<p>{one.replace(chr(10), '<br>')}</p>" for one in paragraphs).replace(escape(LINK), anchor)
