"""Widgets as zip files: taken out, and put back as a new widget or as the draft of one.

Never in them: secrets, runs, drafts, who may see the widget. A widget that comes from a file runs by itself only after
somebody has looked at it: its schedule is paused, as a fork's is.
"""

import asyncio

from quart import request
from quart.datastructures import FileStorage

from widget_model.anvil_app import read_app
from widget_model.archive import Archive, ArchiveError, Manifest, gather, pack, unpack
from widget_model.files import FileError, Files
from widget_model.kinds import SERVES, Kind
from widget_site import anvil_apps, study
from widget_site.accounts.rates import Rate, caller
from widget_site.accounts.visitor import visitor
from widget_site.errors import BadRequestError, ConflictError, FormError
from widget_site.parts import parts
from widget_site.store import drafts, rules, schedules, trees, widgets
from widget_site.store.store import Store
from widget_site.store.values import Account, Draft, Widget

ZIP = "application/zip"
_ZIP_TYPES = frozenset({ZIP, "application/x-zip-compressed", "application/octet-stream"})
_FORM = "multipart/form-data"
#: Packing and unpacking is work, and anybody may ask for a public widget.
_EXPORTS, _IMPORTS = Rate("export", 120, 60.0), Rate("import", 60, 60.0)


async def export(store: Store, widget: Widget) -> bytes:
    """Return the zip of a widget that the asker may see; TooManyError for too many of one caller in a minute."""
    await _take(_EXPORTS)
    files: Files = await trees.files_of(store, widget.code)
    if widget.kind == Kind.GUI:
        files = await anvil_apps.tree(store, widget, files)
    planned = {one.task: one.schedule.as_dict() for one in await schedules.all_of(store, widget.id)}
    own, keeps = planned.pop("", None), widget.keep_server_running
    manifest = Manifest(
        widget.kind, widget.title, widget.description, own, widget.tags, keeps, planned, widget.client_engine
    )
    return await asyncio.to_thread(pack, manifest, files, widget.changed_at)


async def make_widget(
    store: Store, owner: Account, archive: Archive, *, kind: str = "", title: str = "", visibility: str
) -> Widget:
    """Make a widget of an archive. ``kind`` and ``title`` are for one that does not say them itself."""
    if anvil_apps.is_app(archive.files) and archive.manifest is None and kind in ("", Kind.GUI):
        return await anvil_apps.make_widget(store, owner, archive.files, title=title, visibility=visibility)
    told = archive.manifest or Manifest(kind or Kind.SCRIPT.value, title or "Imported widget")
    schedule = None
    if told.schedule is not None and told.kind == Kind.SCHEDULED:
        schedule = rules.schedule(told.schedule).for_fork()
    made = await widgets.create(
        store,
        owner,
        told.kind,
        told.title,
        archive.files,
        description=told.description,
        visibility=visibility,
        schedule=schedule,
        tasks={task: rules.schedule(spec).for_fork() for task, spec in told.scheduled_tasks.items()},
        tags=told.tags,
        keep_server_running=told.keep_server_running and told.kind in SERVES,
        client_engine=told.client_engine if told.kind == Kind.GUI else rules.ENGINES[0],
    )
    if told.kind == Kind.GUI:
        app = await study.read(read_app, archive.files)
        await anvil_apps.add_tables(store, made, app.manifest.tables)
    return made


async def replace_draft(store: Store, slug: str, viewer: str | None, archive: Archive, *, replace: bool) -> Draft:
    """Put an archive's files into the draft of the viewer's widget; nothing serves them until they are saved.

    ConflictError when there is a draft already and not ``replace``.
    """
    widget = await widgets.owned(store, slug, viewer, "edit it")
    if anvil_apps.is_app(archive.files) and widget.kind != Kind.GUI:
        raise FormError("file", f"It holds an Anvil app, and this widget is {widget.kind}: import it as a new one.")
    if archive.manifest is not None and archive.manifest.kind != widget.kind:
        raise FormError("file", f"It holds a widget of kind {archive.manifest.kind}, and this one is {widget.kind}.")
    held = await drafts.get(store, slug, viewer)
    # Nothing is lost where the draft says what was saved, or what comes.
    known = (archive.files, await trees.files_of(store, widget.code))
    if held is not None and not replace and held.files not in known:
        raise ConflictError("There is text that was not saved as a revision yet, and the import would replace it.")
    version = 0 if held is None else held.version
    return await drafts.put(store, slug, viewer, archive.files, base_revision=widget.revision, version=version)


async def read_upload() -> Archive:
    """Read what the request brings: a zip as its body, or in a form a zip or the files of a folder.

    BadRequestError for anything else, FormError (field ``file``) for an archive that is not taken, TooManyError for too
    many of one caller in a minute.
    """
    await _take(_IMPORTS)
    if request.mimetype == _FORM:
        # Browsers send an empty one for a field that nothing was chosen for.
        sent = [one for values in (await request.files).listvalues() for one in values if one.filename]
        return await _read(_as_zip(sent), sent)
    if request.mimetype not in _ZIP_TYPES:
        raise UploadTypeError("Send a zip file as application/zip, or files as multipart/form-data.")
    data = await request.get_data()
    return await _read(data if isinstance(data, bytes) else data.encode(), [])


class UploadTypeError(BadRequestError):
    """Neither a zip nor a form with files."""

    status, code = 415, "bad_media_type"


async def _take(rate: Rate) -> None:
    await parts().limiter.take(rate, (await visitor()).id or caller(request.remote_addr or ""))


def _as_zip(sent: list[FileStorage]) -> bytes | None:
    if len(sent) == 1 and (sent[0].filename or "").lower().endswith(".zip"):
        data: bytes = sent[0].read()
        return data
    return None


async def _read(data: bytes | None, sent: list[FileStorage]) -> Archive:
    try:
        if data is not None:
            return await asyncio.to_thread(unpack, data)
        if not sent:
            raise ArchiveError("Choose a zip file.")
        return gather((one.filename or "", one.read()) for one in sent)
    except (ArchiveError, FileError) as error:
        raise FormError("file", str(error)) from error
