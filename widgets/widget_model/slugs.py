"""Names of widgets in host names: three words (W-15)."""

import re

import coolname

#: Labels that are ours, or that people would take for ours.
RESERVED = frozenset(
    "www api admin docs static assets mail smtp imap ftp ns ns1 ns2 status blog help support login signup account "
    "accounts auth oauth widget widgets widgetry site runner uplink localhost test cdn app apps".split()
)
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]")


class SlugError(ValueError):
    """A slug that is not taken; the text says what would be."""


def new_slug() -> str:
    """Return three words, like ``lanky-unreasonable-giraffe``; the caller checks that no other widget has it."""
    while True:
        slug: str = coolname.generate_slug(3).replace("-of-", "-")
        if _SLUG.fullmatch(slug):
            return slug


def check_slug(slug: str) -> None:
    """Raise SlugError unless ``slug`` can be a widget's host name."""
    if not _SLUG.fullmatch(slug) or "--" in slug or slug in RESERVED:
        raise SlugError(
            f"The name {slug[:70]!r} can't be a widget's address: 3 to 63 small letters, digits and single hyphens, "
            "not starting or ending with one, and none of our own names."
        )
