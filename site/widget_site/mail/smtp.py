"""The mail server that a setting names, and one message handed to it."""

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from widget_site.settings import LOCAL_HOSTS, SiteSettings
from widget_site.store.outbox import Mail

TIMEOUT_S = 30.0
_NAME = "Widgetry"


class RefusedError(Exception):
    """The server will never take this message; the text is what it said."""


class NotTakenError(Exception):
    """The server does not answer, or asks to be tried later; the text says which."""


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    username: str | None
    password: str | None
    #: TLS from the first byte (smtps), or after STARTTLS, without which nothing is sent; neither on this machine.
    tls: bool
    start_tls: bool
    sender: str
    site_host: str
    ca_file: Path | None = None

    @classmethod
    def of(cls, settings: SiteSettings) -> "MailServer | None":
        """Return the server that the settings name; None when the site sends no mail."""
        if settings.smtp_url is None:
            return None
        parts = urlsplit(settings.smtp_url.get_secret_value())
        tls = parts.scheme == "smtps"
        host = parts.hostname or "localhost"
        plain = host in LOCAL_HOSTS or parse_qs(parts.query).get("tls") == ["off"]
        return cls(
            host=host,
            port=parts.port or (465 if tls else 587),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=tls,
            start_tls=not tls and not plain,
            sender=settings.mail_address,
            site_host=settings.site_host,
            ca_file=settings.ca_file,
        )

    async def send(self, mail: Mail) -> None:
        """Hand one message over; RefusedError or NotTakenError."""
        try:
            letter = self._letter(mail)
        except (ValueError, UnicodeError) as error:
            raise RefusedError(f"the message can't be written: {error}") from error
        await self.hand_over(letter, self.sender, [mail.address])

    async def hand_over(
        self,
        letter: EmailMessage | bytes,
        sender: str,
        recipients: Sequence[str],
        connected: socket.socket | None = None,
    ) -> dict[str, str]:
        """Hand a message over; return what was said of the recipients that it was not taken for, if not of all.

        ``connected``: a socket to speak on, where the address was chosen already. RefusedError or NotTakenError.
        """
        where = {"sock": connected} if connected is not None else {"port": self.port}
        try:
            refused, _ = await aiosmtplib.send(
                letter,
                sender=sender,
                recipients=recipients,
                hostname=self.host,
                username=self.username,
                password=self.password,
                use_tls=self.tls,
                start_tls=self.start_tls,
                tls_context=ssl.create_default_context(cafile=self.ca_file) if self.tls or self.start_tls else None,
                timeout=TIMEOUT_S,
                **where,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            raise _of_code(first.code, f"{first.code} {first.message}") from error
        except aiosmtplib.SMTPResponseException as error:
            # Our own name and password are refused: that is for the operator to mend, and the message waits for it.
            is_ours = isinstance(error, aiosmtplib.SMTPAuthenticationError)
            said = f"{error.code} {error.message}"
            raise NotTakenError(said) if is_ours else _of_code(error.code, said) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NotTakenError(f"{self.host}:{self.port}: {error or type(error).__name__}") from error
        return {address: f"{answer.code} {answer.message}" for address, answer in refused.items()}

    def _letter(self, mail: Mail) -> EmailMessage:
        # The policy refuses line breaks in headers, whatever came before; bodies become lines of bounded length.
        letter = EmailMessage(policy=SMTP)
        letter["From"] = formataddr((_NAME, self.sender))
        letter["To"] = mail.address
        letter["Subject"] = mail.subject
        letter["Date"] = formatdate()
        # The same at every try, so that a mailbox that got it twice shows it once.
        letter["Message-ID"] = f"<{mail.id}@{self.site_host}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(mail.text)
        return letter


def _of_code(code: int, said: str) -> Exception:
    return RefusedError(said) if 500 <= code < 600 else NotTakenError(said)
