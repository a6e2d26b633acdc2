"""Anvil apps as widgets: made of a tree with its tables, schedules and packages, given back, and what is amiss in one.

An import never fails for a part that this site lacks, or that can't be read: it is told, and the rest is there.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from widget_model.anvil_app import (
    CLIENT,
    MANIFEST,
    ColumnSpec,
    Finding,
    Manifest,
    TableSpec,
    code_findings,
    library_findings,
    read_app,
    with_tables,
)
from widget_model.anvil_schedules import from_anvil
from widget_model.client_code.light import unsupported
from widget_model.files import FileContent, Files
from widget_model.kinds import Kind
from widget_model.package_lists import PACKAGE_LISTS
from widget_model.requirements import REQUIREMENTS, RequirementError, check, lines_of, text_of
from widget_model.schedules import Schedule, ScheduleError
from widget_model.users_settings import UsersSettings
from widget_site import study
from widget_site.errors import SiteError
from widget_site.libraries import MAX_BYTES, MAX_LIBRARIES, Libraries
from widget_site.store import rules, secrets, trees, users_services, widgets
from widget_site.store.data import catalog
from widget_site.store.data.values import LINKS, DataError, Schema
from widget_site.store.store import Store
from widget_site.store.values import Account, Widget

_MOST_MB = MAX_BYTES // 1024**2
_SERVER_REQUIREMENTS = "server_code/requirements.txt"
_LEGACY_TYPES = {"liveObject": "link_single", "liveObjectArray": "link_multiple", "media": "media"}


async def make_widget(
    store: Store, owner: Account, files: dict[str, FileContent], *, title: str, visibility: str
) -> Widget:
    """Make a GUI widget of an app's tree, with empty tables; its scheduled tasks are paused."""
    app = await study.read(read_app, files)
    said = app.manifest
    made = await widgets.create(
        store,
        owner,
        Kind.GUI,
        _line(said.title or said.name or title) or "Imported app",
        _with_requirements(files, said),
        description=said.description[: rules.MAX_DESCRIPTION],
        visibility=visibility,
        tasks=_schedules(said),
        keep_server_running=said.keep_server_running,
    )
    await _furnish(store, made, owner, said)
    return made


async def furnish(store: Store, widget: Widget, owner: Account, files: dict[str, FileContent]) -> None:
    """Make what a new GUI's ``anvil.yaml`` says it needs: its tables, without rows, and the Users service."""
    await _furnish(store, widget, owner, (await study.read(read_app, files)).manifest)


async def _furnish(store: Store, widget: Widget, owner: Account, said: Manifest) -> None:
    await add_tables(store, widget, said.tables)
    if "users" in said.services:
        await _switch_on_users(store, widget, owner, said)


async def add_tables(store: Store, widget: Widget, wanted: tuple[TableSpec, ...]) -> None:
    """Make an app's tables, as far as they can be made."""
    if store.data is not None and wanted:
        await store.data.homes.write(widget.id, lambda db: _make_tables(db, widget.id, wanted))


async def tree(store: Store, widget: Widget, files: Files) -> Files:
    """Return the files of a GUI widget as they are given away: with its tables as they are now."""
    text = files.get(MANIFEST)
    schema = await _schema(store, widget)
    if not isinstance(text, str) or schema is None:
        return files
    said = (await study.read(read_app, dict(files))).manifest.tables
    now = _specs(schema)
    if _comparable(said) == _comparable(now):
        return files
    return {**files, MANIFEST: with_tables(text, now)}


async def findings(
    store: Store, known: Libraries, widget: Widget, files: Mapping[str, FileContent], viewer: str
) -> list[Finding]:
    """Return what is amiss in the owner's GUI widget, or needs something that only they can give."""
    app = await study.read(read_app, dict(files))
    found = [*app.findings, *await study.read(code_findings, dict(files))]
    if widget.client_engine == "light":
        broken = {(one.file, one.line) for one in found}
        lacking = await study.read(_light_findings, app.modules)
        found += [one for one in lacking if (one.file, one.line) not in broken]
    used = await known.of(widget.owner_id, widget.code)
    found += await _missing_libraries(known, widget.owner_id, app.manifest, used.keys())
    trees_used = {package: await trees.files_of(store, code) for package, code in used.items()}
    found += await study.read(library_findings, dict(files), trees_used)
    schema = await _schema(store, widget)
    if schema is not None:
        there = {table.name for table in schema.tables.values()}
        found += [
            Finding(MANIFEST, 0, f"The table '{table.name}' is not there.")
            for table in app.manifest.tables
            if table.name not in there
        ]
    kept = {one.name for one in await secrets.listed(store, widget.slug, viewer)}
    found += [
        Finding(MANIFEST, 0, f"The secret '{name}' has no value yet: give it one under Secrets.")
        for name in app.manifest.secrets
        if name not in kept
    ]
    return found


async def _missing_libraries(
    known: Libraries, owner_id: str, manifest: Manifest, used: Collection[str]
) -> list[Finding]:
    found = []
    for one in manifest.dependencies:
        if one.package in used or one.package == manifest.package:
            continue
        if not one.package:
            way = "say which package it is (resolution_hints: {package_name: …}), and have a widget of that package"
        elif await known.has(owner_id, one.package):
            text = (
                f"The library {one.package} is left out: at most {MAX_LIBRARIES} are taken, of {_MOST_MB} MB together."
            )
            found.append(Finding(MANIFEST, 0, text))
            continue
        else:
            way = f"import that app as a widget of your own, with package_name {one.package}"
        name = one.package or one.dep_id or one.app_id
        text = f"It uses the library {name}, which none of your widgets is: {way}. What needs it does not work."
        found.append(Finding(MANIFEST, 0, text))
    return found


def _light_findings(modules: Mapping[str, str]) -> list[Finding]:
    return [
        Finding(CLIENT + path, one.line, one.text) for path, source in modules.items() for one in unsupported(source)
    ]


def is_app(files: Files) -> bool:
    """Whether a tree is an Anvil app's."""
    return MANIFEST in files


async def _schema(store: Store, widget: Widget) -> Schema | None:
    if store.data is None:
        return None
    if not await store.data.homes.having([widget.id]):
        return Schema({})
    return await store.data.homes.read(widget.id, lambda db: catalog.read(db, widget.id))


def _make_tables(db: Connection, widget_id: str, wanted: tuple[TableSpec, ...]) -> None:
    made: dict[str, int] = {}
    for table in wanted:
        try:
            added = catalog.add_table(db, widget_id, table.name, table.title, client=table.client, server=table.server)
            made[table.name] = added.id
        except DataError:
            continue  # it is among the findings
    for table in wanted:
        for column in table.columns if table.name in made else ():
            kind = _LEGACY_TYPES.get(column.type, column.type)
            target = made.get(column.target or "") if kind in LINKS else None
            try:
                catalog.add_column(db, widget_id, made[table.name], column.name, kind, target_id=target)
            except DataError:
                continue


def _specs(schema: Schema) -> tuple[TableSpec, ...]:
    names = {table.id: table.name for table in schema.tables.values()}
    return tuple(
        TableSpec(
            table.name,
            table.title,
            table.client,
            table.server,
            tuple(ColumnSpec(one.name, one.type, names.get(one.target_id or 0)) for one in table.columns),
        )
        for table in schema.tables.values()
    )


def _comparable(tables: tuple[TableSpec, ...]) -> set[tuple[str, str, str, str, frozenset[ColumnSpec]]]:
    return {(one.name, one.title, one.client, one.server, frozenset(one.columns)) for one in tables}


async def _switch_on_users(store: Store, widget: Widget, owner: Account, said: Manifest) -> None:
    config: dict[str, object] = {}
    for one in said.settings.get("services") or ():
        if isinstance(one, dict) and str(one.get("source", "")).endswith("users.yml"):
            for part in (one.get("client_config"), one.get("server_config")):
                config |= part if isinstance(part, dict) else {}
    usual = vars(UsersSettings())
    known = {name: value for name, value in config.items() if name in usual and type(value) is type(usual[name])}
    try:
        settings = UsersSettings.of({name: value for name, value in known.items() if name != "mails"})
        await users_services.choose(store, widget.slug, owner.id, on=True, settings=settings)
    except SiteError:
        await users_services.choose(store, widget.slug, owner.id, on=True, settings=UsersSettings())


def _schedules(said: Manifest) -> dict[str, Schedule]:
    found: dict[str, Schedule] = {}
    for entry in said.scheduled_tasks:
        try:
            [(name, schedule)] = from_anvil([entry]).items()
            while name in found:
                base, _, number = name.partition("#")
                name = f"{base}#{int(number or 1) + 1}"
            rules.task_name(name)
        except (ScheduleError, SiteError, ValueError):
            continue
        found[name] = schedule.for_fork()
    return found


def _with_requirements(files: dict[str, FileContent], said: Manifest) -> Files:
    """Return the files with the packages that the app's server asks for, where its tree does not say them our way."""
    if REQUIREMENTS in files:
        return files
    base = PACKAGE_LISTS[said.package_list].lines if said.package_list else ()
    own = lines_of({REQUIREMENTS: files.get(_SERVER_REQUIREMENTS, "")})
    kept = []
    for line in [*base, *own]:
        try:
            kept.append(check(line))
        except RequirementError:
            continue
    return {**files, REQUIREMENTS: text_of(dict.fromkeys(kept))} if kept else files


def _line(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[: rules.MAX_TITLE]
