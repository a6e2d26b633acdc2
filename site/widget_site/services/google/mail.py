"""``anvil.google.mail``: mail by the Gmail of the account that the widget's owner has connected."""

import base64
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from widget_site.services.google.api import GoogleApi
from widget_site.services.native import Native, NativeCall, NativeError

_MAX_RECIPIENTS = 100
_MAX_CHARS = 5_000_000


class Mail:
    """The function."""

    def __init__(self, api: GoogleApi) -> None:
        self._api = api

    def natives(self) -> Mapping[str, Native]:
        """Return the functions by name."""
        return {"mail.send": self.send}

    async def send(self, call: NativeCall) -> None:
        """Send a message, or keep it as a draft."""
        given = call.kwargs
        raw = base64.urlsafe_b64encode(_message(given).as_bytes()).decode()
        token = await self._api.owner_token(await self._api.app(call), "mail")
        if given.get("draft"):
            await self._api.ask(token, "POST", "gmail", "/gmail/v1/users/me/drafts", json={"message": {"raw": raw}})
        else:
            await self._api.ask(token, "POST", "gmail", "/gmail/v1/users/me/messages/send", json={"raw": raw})


def _people(given: Mapping[str, Any]) -> dict[str, list[str]]:
    people = {name: given.get(name) or [] for name in ("to", "cc", "bcc")}
    if not all(isinstance(found, list) for found in people.values()):
        raise NativeError("TypeError", "to, cc and bcc of a message are lists of addresses")
    count = sum(len(found) for found in people.values())
    if not 0 < count <= _MAX_RECIPIENTS:
        raise NativeError("ValueError", f"A message goes to 1 to {_MAX_RECIPIENTS} addresses")
    return people


def _message(given: Mapping[str, Any]) -> EmailMessage:
    message, people = EmailMessage(policy=SMTP), _people(given)
    texts = {name: given.get(name) for name in ("from_address", "subject", "text", "html")}
    everybody = (one for found in people.values() for one in found)
    for value in (*everybody, *(one for one in texts.values() if one is not None)):
        if not isinstance(value, str) or len(value) > _MAX_CHARS:
            raise NativeError("TypeError", "Addresses, subject and texts of a message are strings")
    try:
        for name, found in people.items():
            if found:
                message[name.capitalize()] = ", ".join(found)
        if texts["from_address"]:
            message["From"] = texts["from_address"]
        message["Subject"] = texts["subject"] or ""
        if texts["text"] is not None:
            message.set_content(texts["text"])
        if texts["html"] is not None:
            add = message.set_content if texts["text"] is None else message.add_alternative
            add(texts["html"], subtype="html")
        message.as_bytes()
    except (ValueError, IndexError, UnicodeError) as error:
        raise NativeError("ValueError", f"This is no message that can be sent: {error}") from error
    return message
