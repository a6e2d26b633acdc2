"""Tokens of the sites that somebody is signed in at: one file that nobody else reads, where XDG says."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from widget_cli.errors import CliError

DEFAULT_SITE = "http://localhost:8000"


@dataclass(frozen=True)
class SignIn:
    """A token of one site."""

    site: str
    username: str
    token: str


def normalise(site: str) -> str:
    """Return a site's origin; CliError for what is none."""
    text = site if "://" in site else f"https://{site}"
    parts = urlsplit(text)
    try:
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.username is not None:
        raise CliError(f"{site!r} is no address of a site; it looks like https://widgets.example.com", 2)
    return f"{parts.scheme}://{parts.netloc.lower()}"


class SignIns:
    """The file, as it was when it was read."""

    def __init__(self) -> None:
        base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        self.path = Path(base) / "widgetry" / "sign-ins.json"
        held = self._read()
        self.current: str | None = held.get("current")
        self._sites: dict[str, SignIn] = {one["site"]: SignIn(**one) for one in held.get("sites", [])}

    def _read(self) -> dict[str, Any]:
        try:
            held: dict[str, Any] = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise CliError(f"{self.path} can't be read ({error}). Mend or delete it, and sign in again.") from error
        return held

    def of(self, site: str) -> SignIn | None:
        """Return the sign-in at a site."""
        return self._sites.get(site)

    def add(self, one: SignIn) -> None:
        """Keep a sign-in; it is the one that is used where nothing names a site."""
        self._sites[one.site] = one
        self.current = one.site
        self._write()

    def remove(self, site: str) -> None:
        """Forget a sign-in."""
        self._sites.pop(site, None)
        if self.current == site:
            self.current = next(iter(self._sites), None)
        self._write()

    def _write(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = json.dumps({"current": self.current, "sites": [asdict(one) for one in self._sites.values()]}, indent=2)
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        # Never readable by others, not for a moment; and never half written.
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        new.replace(self.path)
