"""new, pull, push, status, diff: a widget's files in a folder. Nothing that somebody typed is ever lost in silence."""

import argparse
import difflib
from pathlib import Path
from typing import Any

from widget_cli import changes, chosen, folder, tree
from widget_cli.errors import ApiError, CliError
from widget_cli.folder import Folder
from widget_cli.said import note, plain, say, show_json
from widget_cli.site import Site, slug_path

_CONFLICT = 409


def new(arguments: argparse.Namespace) -> int:
    """Make a widget of a folder's files, or of its kind's starter."""
    site = chosen.site(arguments)
    root = Path(arguments.folder) if arguments.folder else None
    held: dict[str, bytes] = {}
    if root is not None and root.is_dir():
        if (found := folder.find(root)) is not None:
            raise CliError(f"{found.root} is {found.link.slug}'s already. Choose another folder.")
        held = tree.read(root)
        if held and not {"main.py", "anvil.yaml"} & held.keys():
            raise CliError(f"{root} has files and no main.py. Choose an empty folder, or put the widget's code there.")
    title = arguments.title or (root.absolute().name if root else "") or f"My {arguments.kind}"
    body: dict[str, Any] = {"kind": arguments.kind, "title": title, "visibility": arguments.visibility}
    if arguments.packages:
        body["packages"] = arguments.packages
    if held:
        body["files"] = {path: tree.encode(content) for path, content in held.items()}
    widget = site.post("/widgets", body)
    made = Folder.make(root or Path(widget["slug"]), site.url, widget)
    if arguments.json:
        show_json({"slug": made.link.slug, "url": widget["url"], "folder": str(made.root), "revision": 1})
    else:
        say(f"Made {made.link.slug} in {made.root}\n  {widget['url']}\n  {site.url}/w/{made.link.slug}")
    return 0


def pull(arguments: argparse.Namespace) -> int:
    """Get a widget into a new folder, or what changed there into this one."""
    found = _target(arguments)
    if found is None:
        return _clone(arguments)
    site = chosen.site(arguments, found.link.site)
    widget = site.get(slug_path(found.link.slug))
    theirs, ours = tree.decoded(widget["files"]), tree.read(found.root)
    plan = changes.merge(found.link.files, tree.digests(ours), tree.digests(theirs))
    take = list(plan.take)
    if plan.conflicts and arguments.force:
        take += plan.conflicts
    elif plan.conflicts and not arguments.mine:
        raise CliError(_both_changed(found, widget["revision"], plan.conflicts))
    aside = found.keep_aside(take if arguments.force else (), ours)
    for path in take:
        if path in theirs:
            tree.write(found.root, path, theirs[path])
        else:
            tree.remove(found.root, path)
    found.is_at(int(widget["revision"]), tree.digests(theirs))
    _tell_pulled(arguments, found, take, plan.conflicts if arguments.mine else (), aside)
    return 0


def push(arguments: argparse.Namespace) -> int:
    """Save what changed in the folder as a revision."""
    found = folder.need()
    site = chosen.site(arguments, found.link.site)
    revision, changed = push_folder(found, site, message=arguments.message, force=arguments.force)
    if arguments.json:
        show_json({"slug": found.link.slug, "revision": revision, "changed": changed.paths if changed else []})
    elif changed:
        say("\n".join([f"Saved revision {revision} of {found.link.slug}", *changed.lines()]))
        if "requirements.txt" in changed.paths:
            note("Its packages are being installed; runs see the ones from before until they are ready.")
    else:
        say(f"Nothing to push: the folder is as revision {revision}.")
    return 0


def push_folder(
    found: Folder, site: Site, *, message: str = "", force: bool = False
) -> tuple[int, changes.Changes | None]:
    """Save what changed; return the revision that the folder is at, and the changes (None: there were none)."""
    ours = tree.read(found.root)
    base, number = found.link.files, found.link.revision
    if force:
        widget = site.get(slug_path(found.link.slug))
        base, number = tree.digests(tree.decoded(widget["files"])), int(widget["revision"])
    changed = changes.between(base, tree.digests(ours))
    if not changed:
        found.is_at(number, dict(base))
        return number, None
    files: dict[str, Any] = {path: tree.encode(ours[path]) for path in (*changed.modified, *changed.added)}
    files |= dict.fromkeys(changed.deleted)
    body = {"files": files, "base_revision": number, "message": message}
    try:
        saved = site.put(slug_path(found.link.slug, "/files"), body)
    except ApiError as error:
        if error.http_status != _CONFLICT or "files" not in error.details:
            raise
        raise CliError(_pushed_meanwhile(found, ours, error.details)) from None
    if force and number != found.link.revision:
        note(f"Revision {number}, which you had not seen, is kept in the history.")
    found.is_at(int(saved["revision"]), tree.digests(ours))
    return found.link.revision, changed


def status(arguments: argparse.Namespace) -> int:
    """Tell what changed here, and whether there is a newer revision."""
    found = folder.need()
    site = chosen.site(arguments, found.link.site)
    widget = site.get(slug_path(found.link.slug))
    here = changes.between(found.link.files, tree.digests(tree.read(found.root)))
    latest = int(widget["revision"])
    there = changes.between(found.link.files, tree.digests(tree.decoded(widget["files"])))
    if arguments.json:
        at = {"slug": found.link.slug, "site": site.url, "revision": found.link.revision, "latest": latest}
        show_json({**at, "here": _fields(here), "there": _fields(there)})
        return 0
    say(f"{plain(widget['title'])} ({found.link.slug}) at {site.url}, revision {found.link.revision}")
    say("\n".join(["Changed here; widgetry push saves it:", *here.lines()]) if here else "Nothing changed here.")
    if latest != found.link.revision:
        say("\n".join([f"Revision {latest} is on the site; widgetry pull brings it:", *there.lines()]))
    return 0


def diff(arguments: argparse.Namespace) -> int:
    """Show what changed, as a unified diff; the exit status is 1 when something did, as diff's."""
    found = folder.need()
    site = chosen.site(arguments, found.link.site)
    rest = "" if arguments.remote else f"/revisions/{found.link.revision}"
    shown = site.get(slug_path(found.link.slug, rest))
    old, ours = tree.decoded(shown["files"]), tree.read(found.root)
    changed = changes.between(tree.digests(old), tree.digests(ours))
    wanted = [path for path in changed.paths if not arguments.paths or path in arguments.paths]
    name = f"revision {shown['revision']}"
    texts = {path: _diff(path, name, old.get(path), ours.get(path)) for path in wanted}
    if arguments.json:
        show_json({"revision": shown["revision"], "files": texts})
    elif texts:
        say("\n".join(texts.values()))
    return 1 if texts else 0


def _target(arguments: argparse.Namespace) -> Folder | None:
    """Return the linked folder to bring up to date; None for a widget to get anew."""
    if arguments.widget is None:
        return folder.need()
    slug, _ = chosen.read_name(arguments.widget)
    here = folder.find(Path(arguments.folder) if arguments.folder else Path(slug))
    if here is None or here.link.slug == slug:
        return here
    if arguments.folder and here.root == Path(arguments.folder).absolute():
        raise CliError(f"{here.root} is {here.link.slug}'s. Choose another folder.")
    return None


def _clone(arguments: argparse.Namespace) -> int:
    slug, address = chosen.read_name(arguments.widget)
    arguments.site = arguments.site or address
    site = chosen.site(arguments)
    root = Path(arguments.folder or slug)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise CliError(f"{root} is not empty. Name another folder: widgetry pull {slug} FOLDER")
    made = Folder.make(root, site.url, site.get(slug_path(slug)))
    if arguments.json:
        show_json({"slug": slug, "folder": str(made.root), "revision": made.link.revision})
    else:
        say(f"{slug}, revision {made.link.revision}, is in {made.root}")
    return 0


def _tell_pulled(
    arguments: argparse.Namespace, found: Folder, taken: list[str], kept: tuple[str, ...], aside: Path | None
) -> None:
    if arguments.json:
        at = {"slug": found.link.slug, "revision": found.link.revision, "taken": taken, "kept": list(kept)}
        show_json({**at, "replaced": str(aside) if aside else None})
        return
    lines = [f"The folder has revision {found.link.revision}.", *(f"  {path}" for path in taken)]
    if kept:
        lines += ["Yours stay, and the next push saves them:", *(f"  {path}" for path in kept)]
    if aside is not None:
        lines.append(f"What you had of them is in {aside}")
    say("\n".join(lines))


def _both_changed(found: Folder, revision: int, paths: tuple[str, ...]) -> str:
    listed = "".join(f"\n  {path}" for path in paths)
    return (
        f"Changed both here and in revision {revision} of {found.link.slug}; nothing was touched:{listed}\n"
        "See it with: widgetry diff --remote\n"
        "Keep yours: widgetry pull --mine   Take theirs: widgetry pull --force (yours are kept aside)"
    )


def _pushed_meanwhile(found: Folder, ours: dict[str, bytes], details: dict[str, Any]) -> str:
    theirs = tree.decoded(details["files"])
    there = changes.between(found.link.files, tree.digests(theirs))
    plan = changes.merge(found.link.files, tree.digests(ours), tree.digests(theirs))
    both = "".join(f"\n  {path}" for path in plan.conflicts)
    return "\n".join(
        [
            f"Revision {details['revision']} was saved since you pulled {found.link.revision}. Nothing was pushed.",
            "Changed there:",
            *there.lines(),
            f"Changed on both sides:{both}" if both else "No file was changed on both sides.",
            "Bring it in with: widgetry pull   Then push again.",
            "Or save yours over it: widgetry push --force   (It stays in the history.)",
        ]
    )


def _fields(found: changes.Changes) -> dict[str, list[str]]:
    return {name: list(getattr(found, name)) for name in ("modified", "added", "deleted")}


def _diff(path: str, name: str, old: bytes | None, new: bytes | None) -> str:
    try:
        before, after = (old or b"").decode().splitlines(), (new or b"").decode().splitlines()
    except UnicodeDecodeError:
        return f"{path}: differs, and is not text"
    from_name = f"{path} ({name})" if old is not None else "/dev/null"
    to_name = f"{path} (here)" if new is not None else "/dev/null"
    return plain("\n".join(difflib.unified_diff(before, after, from_name, to_name, lineterm="")))
