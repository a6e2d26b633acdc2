"""What titles, descriptions and the like may be; each function returns the value as it is kept, or raises FormError."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from widget_model import slugs
from widget_model.anvil_schedules import task_of
from widget_model.kinds import SERVES, Kind
from widget_model.schedules import Schedule, ScheduleError, parse
from widget_site.errors import FormError
from widget_site.store.permission import VISIBILITIES
from widget_wire import background

MAX_TITLE = 200
MAX_DESCRIPTION = 10_000
MAX_MESSAGE = 200
MAX_TOKEN_DAYS = 3650
#: accounts/scopes.py says what they mean.
SCOPES = ("read", "run", "write")
MAX_SECRET_BYTES = 8192
MAX_PER_MINUTE = 60_000
MAX_REPORT = 2000
REPORT_REASONS = ("spam", "harmful", "illegal", "personal", "rights", "other")
#: What runs client code; the first unless its owner chooses.
ENGINES = ("full", "light")
MAX_TAGS = 5
MAX_TAG = 30
# Letters of every script; \w alone would take underscores.
_TAG = re.compile(r"[^\W_]+(-[^\W_]+)*")
_SECRET_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")


def title(value: str) -> str:
    """Check a widget's title: one line of 1 to 200 characters."""
    return _line("title", "title", value, 1, MAX_TITLE)


def message(value: str) -> str:
    """Check what a revision says about itself: one line, which may be empty."""
    return _line("message", "message", value, 0, MAX_MESSAGE)


def token_name(value: str) -> str:
    """Check a token's name: one line of 1 to 100 characters."""
    return _line("name", "token's name", value, 1, 100)


def token_scope(value: str) -> str:
    """Check what a token may do."""
    if value not in SCOPES:
        raise FormError("scope", f"The scope is one of {', '.join(SCOPES)}.")
    return value


def token_days(value: int | None) -> int | None:
    """Check after how many days a token expires; None for never."""
    if value is not None and not 1 <= value <= MAX_TOKEN_DAYS:
        raise FormError("expires_in_days", f"A token expires after 1 to {MAX_TOKEN_DAYS} days, or never.")
    return value


def description(value: str) -> str:
    """Check a widget's description: up to 10,000 characters, Markdown."""
    if len(value) > MAX_DESCRIPTION:
        raise FormError("description", f"The description has {len(value)} characters; at most {MAX_DESCRIPTION} fit.")
    return _text("description", value.strip(), allowed="\n\r\t")


def visibility(value: str) -> str:
    """Check a widget's visibility."""
    if value not in VISIBILITIES:
        raise FormError("visibility", f"The visibility is one of {', '.join(VISIBILITIES)}.")
    return value


def tags(value: Sequence[str]) -> tuple[str, ...]:
    """Check a widget's tags: up to 5 of 1 to 30 letters, digits and hyphens; capitals become small, twice is once."""
    found = tuple(dict.fromkeys(unicodedata.normalize("NFKC", tag).strip().lower() for tag in value))
    for tag in found:
        if not 1 <= len(tag) <= MAX_TAG or not _TAG.fullmatch(tag):
            raise FormError("tags", f"A tag has 1 to {MAX_TAG} letters, digits and hyphens; {tag[:40]!r} is none.")
    if len(found) > MAX_TAGS:
        raise FormError("tags", f"A widget has at most {MAX_TAGS} tags; these are {len(found)}.")
    return found


def keep_server_running(value: bool, kind: str) -> bool:
    """Check whether a widget of this kind can have its server kept running."""
    if value and kind not in SERVES:
        raise FormError(
            "keep_server_running", f"A widget of kind {kind} answers no calls: nothing can be kept running."
        )
    return value


def client_engine(value: str) -> str:
    """Check what is to run client code."""
    if value not in ENGINES:
        raise FormError("client_engine", f"Client code is run by one of {' and '.join(ENGINES)}.")
    return value


def engine_of_kind(value: str | None, kind: str) -> None:
    """Raise FormError where a widget of this kind has no client code that an engine could be chosen for."""
    if value not in (None, ENGINES[0]) and kind != Kind.GUI:
        raise FormError("client_engine", f"A widget of kind {kind} has no client code.")


def slug(value: str) -> str:
    """Check a widget's name."""
    try:
        slugs.check_slug(value)
    except slugs.SlugError as error:
        raise FormError("slug", str(error)) from error
    return value


def secret_name(value: str) -> str:
    """Check a secret's name: 1 to 64 letters, digits, _ . or -, and first a letter or _."""
    value = value.strip()
    if not _SECRET_NAME.fullmatch(value):
        raise FormError("name", "A secret's name has 1 to 64 letters, digits, _ . or -, and begins with a letter or _.")
    return value


def secret_value(value: str) -> str:
    """Check a secret's value: 1 to 8192 bytes of text."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        raise FormError("value", "The value holds half a character, which is no text.") from error
    if not 1 <= size <= MAX_SECRET_BYTES:
        raise FormError("value", f"A secret's value has 1 to {MAX_SECRET_BYTES} bytes; this one has {size}.")
    return value


def per_minute(value: int | None) -> int | None:
    """Check how many requests an API takes from one caller in a minute."""
    if value is not None and not 1 <= value <= MAX_PER_MINUTE:
        raise FormError("per_minute", f"A limit is 1 to {MAX_PER_MINUTE} requests a minute.")
    return value


def report_reason(value: str) -> str:
    """Check why a widget is reported."""
    if value not in REPORT_REASONS:
        raise FormError("reason", "Choose what is wrong.")
    return value


def report_text(reason: str, value: str) -> str:
    """Check what a report says: up to 2000 characters; with the reason other there must be some."""
    value = value.replace("\r\n", "\n").strip()
    if reason == "other" and not value:
        raise FormError("text", "Say in a few words what is wrong.")
    if len(value) > MAX_REPORT:
        raise FormError("text", f"At most {MAX_REPORT} characters fit; these are {len(value)}.")
    return _text("text", value, allowed="\n\t")


def task_name(name: str) -> str:
    """Check the name of a background task's schedule: the task's (a function's, or ``script:<file>``), with ``#`` and a
    word behind it where it has several.
    """
    bare = task_of(name).removeprefix(background.SCRIPT)
    if not 0 < len(bare) <= background.MAX_NAME or len(name) > background.MAX_NAME or not name.isprintable():
        text = f"The name of a background task has 1 to {background.MAX_NAME} characters that can be seen."
        raise FormError("task", text)
    if "/" in name or name != name.strip():
        raise FormError("task", "The name of a background task with a schedule has no slash, and no blanks around it.")
    return name


def schedule(value: Mapping[str, Any]) -> Schedule:
    """Check a schedule as the API takes it."""
    try:
        return parse(value)
    except ScheduleError as error:
        raise FormError(error.field, str(error)) from error


def _line(field: str, what: str, value: str, least: int, most: int) -> str:
    value = value.strip()
    if not least <= len(value) <= most:
        raise FormError(field, f"The {what} must have {least} to {most} characters; it has {len(value)}.")
    return _text(field, value)


def _text(field: str, value: str, allowed: str = "") -> str:
    for character in value:
        if character in allowed:
            continue
        # Cc: control characters, NUL among them. Cs: halves of characters, which no database takes. The rest of what
        # is invisible (bidirectional overrides) could make a title read as another one.
        if (
            unicodedata.category(character) in ("Cc", "Cs")
            or character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        ):
            raise FormError(field, f"The {field} holds a character that is not taken: {character!a}.")
    return value
