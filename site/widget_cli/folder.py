"""A folder that is linked to a widget: ``.widgetry/folder.json`` in it names the widget and the revision it is at."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from widget_cli import tree
from widget_cli.errors import CliError

OWN = ".widgetry"
_LINK = "folder.json"


@dataclass(frozen=True)
class Link:
    """Which widget a folder is of, and what was the same on both sides last."""

    site: str
    slug: str
    kind: str
    revision: int
    #: Digest by path, of that revision.
    files: dict[str, str]


class Folder:
    """A linked folder."""

    def __init__(self, root: Path, link: Link) -> None:
        self.root = root
        self.link = link

    @classmethod
    def make(cls, root: Path, site: str, widget: Mapping[str, Any]) -> "Folder":
        """Link a folder to a widget as the API shows it; write its files there."""
        files = tree.decoded(widget["files"])
        root.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            tree.write(root, path, content)
        made = cls(root, Link(site, str(widget["slug"]), str(widget["kind"]), int(widget["revision"]), {}))
        made.is_at(made.link.revision, tree.digests(files))
        return made

    def is_at(self, revision: int, files: dict[str, str]) -> None:
        """Note the revision and the files that are the same on both sides now."""
        self.link = replace(self.link, revision=revision, files=files)
        own = self.root / OWN
        own.mkdir(exist_ok=True)
        new = own / f"{_LINK}.new"
        new.write_text(json.dumps({"version": 1, **asdict(self.link)}, indent=2))
        new.replace(own / _LINK)

    def keep_aside(self, paths: Iterable[str], held: Mapping[str, bytes]) -> Path | None:
        """Copy files that are about to be replaced to a folder of their own; return it, None when there are none."""
        kept = [path for path in paths if path in held]
        if not kept:
            return None
        aside = self.root / OWN / "replaced" / time.strftime("%Y-%m-%d-%H%M%S")
        number = 1
        while aside.exists():
            number += 1
            aside = aside.with_name(f"{aside.name.partition('_')[0]}_{number}")
        for path in kept:
            tree.write(aside, path, held[path])
        return aside


def find(start: Path | None = None) -> Folder | None:
    """Return the linked folder that this one is, or is in."""
    start = (start or Path.cwd()).absolute()
    for root in (start, *start.parents):
        file = root / OWN / _LINK
        if file.is_file():
            return Folder(root, _read(file))
    return None


def need(start: Path | None = None) -> Folder:
    """``find``, or say how to get one."""
    found = find(start)
    if found is None:
        raise CliError("This folder is no widget's. Get one with: widgetry pull NAME, or make one: widgetry new script")
    return found


def _read(file: Path) -> Link:
    try:
        held = json.loads(file.read_text())
        if held.pop("version") != 1:
            raise CliError(f"{file} was written by a newer widgetry. Update this one.")
        link = Link(**held)
        for path in link.files:
            tree.check(path)
        return link
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CliError(f"{file} is damaged ({error}). Pull the widget anew into an empty folder.") from error
