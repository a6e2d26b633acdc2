"""open, export, import, list."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from widget_cli import chosen
from widget_cli.errors import ApiError, CliError
from widget_cli.said import note, plain, say, show_json
from widget_cli.site import slug_path

_CONFLICT = 409


def open_widget(arguments: argparse.Namespace) -> int:
    """Open a widget's page or editor."""
    picked = chosen.chosen(arguments)
    address = f"{picked.site.url}/w/{picked.slug}{'/edit' if arguments.edit else ''}"
    if arguments.json:
        show_json({"address": address})
    else:
        say(address)
    if not arguments.only_print:
        import webbrowser

        webbrowser.open(address)
    return 0


def export_widget(arguments: argparse.Namespace) -> int:
    """Save a widget as a zip file; an existing file is not replaced unless it is named."""
    picked = chosen.chosen(arguments)
    file = Path(arguments.output or f"{picked.slug}.zip")
    if not arguments.output and file.exists():
        raise CliError(f"{file} is there already. Name the file: widgetry export {picked.slug} -o FILE")
    data = picked.site.download(slug_path(picked.slug, "/export"))
    if arguments.output == "-":
        sys.stdout.buffer.write(data)
        return 0
    try:
        file.write_bytes(data)
    except OSError as error:
        raise CliError(f"{file} can't be written: {error.strerror}.") from error
    if arguments.json:
        show_json({"slug": picked.slug, "file": str(file), "bytes": len(data)})
    else:
        say(f"Saved {picked.slug} to {file}")
    return 0


def import_widget(arguments: argparse.Namespace) -> int:
    """Make a widget of a zip file, or put it into the draft of one."""
    file = Path(arguments.file)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise CliError(f"{file} can't be read: {error.strerror}.") from error
    if arguments.into:
        return _import_draft(arguments, data)
    site = chosen.site(arguments)
    widget = site.upload("/widgets/import", data, visibility=arguments.visibility, title=file.stem[:200])
    if arguments.json:
        show_json(widget)
        return 0
    say(f"Made {widget['slug']}\n  {site.url}/w/{widget['slug']}")
    if (widget["schedule"] or {}).get("paused"):
        note(f"Its schedule is paused; let it go on at {site.url}/w/{widget['slug']}/schedule")
    return 0


def list_widgets(arguments: argparse.Namespace) -> int:
    """List widgets, newest first."""
    site = chosen.site(arguments)
    owner = None if arguments.all else site.get("/me")["username"]
    found: list[dict[str, Any]] = []
    page: str | None = None
    while len(found) < 1000:
        answer = site.get("/widgets", q=arguments.query or None, owner=owner, page=page, limit=100)
        found += answer["items"]
        page = answer["next"]
        if page is None or arguments.all:
            break
    if arguments.json:
        show_json(found)
    elif found:
        say(_table(found))
    else:
        note("No widgets. Make one with: widgetry new script")
    return 0


def _import_draft(arguments: argparse.Namespace, data: bytes) -> int:
    slug, address = chosen.read_name(arguments.into)
    arguments.site = arguments.site or address
    site = chosen.site(arguments)
    try:
        saved = site.upload(slug_path(slug, "/import"), data, replace_draft=str(arguments.replace_draft).lower())
    except ApiError as error:
        if error.http_status != _CONFLICT:
            raise
        raise CliError(
            f"{error}\nLook at it in the editor ({site.url}/w/{slug}/edit), or add --replace-draft."
        ) from None
    if arguments.json:
        show_json({"slug": slug, **saved})
    else:
        say(f"Its files are in the editor, not live yet: look at them and save\n  {site.url}/w/{slug}/edit")
    return 0


def _table(widgets: list[dict[str, Any]]) -> str:
    rows = [
        (one["slug"], one["kind"], one["visibility"], _day(one["changed_at"]), plain(one["title"]).replace("\n", " "))
        for one in widgets
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row[:4], widths, strict=True)), row[4]]) for row in rows
    )


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at))
