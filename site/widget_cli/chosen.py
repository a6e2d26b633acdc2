"""Which site and which widget a command is about, from its arguments, the environment, the folder and the sign-ins."""

import argparse
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from widget_cli import folder as folders
from widget_cli.errors import CliError
from widget_cli.sign_ins import DEFAULT_SITE, SignIns, normalise
from widget_cli.site import Site


@dataclass(frozen=True)
class Chosen:
    """What a command works on."""

    site: Site
    #: The linked folder that we are in, if it counts.
    folder: folders.Folder | None
    #: The widget's name; "" where no command names one.
    slug: str = ""


def site(arguments: argparse.Namespace, folder_site: str = "") -> Site:
    """Return the site: the one that is named, the folder's, or where somebody signed in last.

    The token of the environment is for the site that the person named, never for one that only a folder names: that
    folder may be somebody else's.
    """
    sign_ins = SignIns()
    named = arguments.site or os.environ.get("WIDGETRY_SITE", "")
    url = normalise(named or folder_site or sign_ins.current or DEFAULT_SITE)
    token = os.environ.get("WIDGETRY_TOKEN", "").strip() if named or not folder_site else ""
    held = sign_ins.of(url)
    return Site(url, token or (held.token if held else ""))


def chosen(arguments: argparse.Namespace) -> Chosen:
    """Return site and widget: the one that is named (a name or an address), else that of the folder."""
    found = folders.find()
    named = getattr(arguments, "widget", None)
    if named is None:
        found = folders.need()
        return Chosen(site(arguments, found.link.site), found, found.link.slug)
    slug, address = read_name(named)
    if address and not arguments.site:
        arguments.site = address
    here = found if found is not None and found.link.slug == slug else None
    return Chosen(site(arguments, here.link.site if here else ""), here, slug)


def read_name(text: str) -> tuple[str, str]:
    """Return a widget's name and its site ("" if not told) from a name or the address of its page or its editor."""
    if "/" not in text:
        return text, ""
    parts = urlsplit(text)
    words = parts.path.strip("/").split("/")
    if parts.scheme not in ("http", "https") or len(words) < 2 or words[0] != "w":
        raise CliError(f"{text!r} is neither a widget's name nor the address of its page (https://…/w/NAME).", 2)
    return words[1], f"{parts.scheme}://{parts.netloc}"
