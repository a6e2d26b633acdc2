"""What pages of a revision are given, made once of its files and kept: the App, the theme's files, its routes."""

import ast
import asyncio
import functools
import hashlib
import json
import mimetypes
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from widget_model.anvil_app import CLIENT, SERVER, AnvilApp, Manifest, read_app
from widget_model.anvil_app.theme import ASSETS, Theme, together
from widget_model.client_code import light
from widget_model.files import Files, content_bytes
from widget_site.store import trees
from widget_site.store.store import Store
from widget_site.store.values import WidgetSnapshot

#: Bytes of bundles kept; the last used stay.
_MAX_BYTES = 64 * 1024 * 1024
_STYLES = f"{ASSETS}theme.css"
#: Characters of client code that are made ready for the Light engine, and of server code that is looked at for routes.
MAX_PARSED_CHARS = 1_000_000
_MAX_ROUTES = 500
_TOO_LONG = f"The Light engine takes {MAX_PARSED_CHARS} characters of client code, and this is more."
_PARAMETER = re.compile(r":[^/]*")
_TEXT = "; charset=utf-8"


@dataclass(frozen=True)
class Asset:
    """A file of the theme."""

    content: bytes
    content_type: str
    etag: str


@dataclass(frozen=True)
class Bundle:
    """A revision, for pages."""

    manifest: Manifest
    #: The ``App`` as it is sent, and the digest that its address has.
    app: bytes
    digest: str
    #: ``Boot.first``
    first: Mapping[str, Any]
    #: The same for a page that starts with something else.
    first_of: Callable[[Mapping[str, str]], Mapping[str, Any]]
    #: By name: what ``/_/theme/<name>`` is.
    assets: Mapping[str, Asset]
    #: Of its libraries' themes, for who draws its forms: colors, html, roles, css.
    library_look: Mapping[str, Any]
    #: Patterns of the paths that server code answers; None where that is not known without running it.
    routes: tuple[re.Pattern[str], ...] | None
    #: First names of modules whose classes the browser may name: its own, its package, those of its libraries.
    modules: frozenset[str]

    def is_route(self, path: str) -> bool:
        """Whether server code may answer this path, so that it has to be asked."""
        return self.routes is None or any(pattern.fullmatch(path) for pattern in self.routes)

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        return 3 * len(self.app) + sum(len(one.content) for one in self.assets.values())


#: Digests of the trees that a bundle is made of, its own first, and the engine.
_Key = tuple[tuple[str, ...], str]


class Bundles:
    """Bundles by revision, those of its libraries and the engine; the least recently used out first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[_Key, Bundle] = OrderedDict()
        #: Reading holds up whoever else runs in this process: one revision is read at a time, and once.
        self._reading = asyncio.Lock()

    async def get(self, widget: WidgetSnapshot) -> Bundle:
        """Return the bundle of a widget's newest revision and of its libraries."""
        key = ((widget.code, *widget.libraries.values()), widget.client_engine)
        kept = self._kept.get(key)
        if kept is None:
            async with self._reading:
                kept = self._kept.get(key) or await self._make(key)
        self._kept.move_to_end(key)
        return kept

    async def _make(self, key: _Key) -> Bundle:
        codes, engine = key
        files, *libraries = [await trees.files_of(self._store, code) for code in codes]
        made = self._kept[key] = await asyncio.to_thread(make_bundle, files, engine, libraries)
        while len(self._kept) > 1 and sum(one.size for one in self._kept.values()) > _MAX_BYTES:
            self._kept.popitem(last=False)
        return made


def make_bundle(files: Files, engine: str = "full", libraries: Sequence[Files] = ()) -> Bundle:
    """Make a bundle of a revision's files and of those of its libraries, the nearest first.

    Nothing in them makes it raise. ``engine``: full | light.
    """
    used = [_read(one, engine) for one in libraries]
    app = _read(files, engine).with_themes_of(used)
    # ASCII: whatever half characters a file's text has, this is what was meant.
    text = json.dumps(app.as_json(used), separators=(",", ":")).encode()
    assets = _assets([*reversed(libraries), files])
    code = [path.removeprefix(CLIENT).removeprefix(SERVER) for path in files if path.endswith(".py")]
    modules = {path.partition("/")[0].removesuffix(".py") for path in code}
    packages = {one.manifest.package for one in (app, *used)}
    return Bundle(
        app.manifest,
        text,
        hashlib.sha256(text).hexdigest()[:32],
        app.first_json(used),
        functools.partial(app.first_json, used),
        assets,
        _look([one.theme for one in used], libraries),
        _routes([files, *libraries]),
        frozenset(packages | modules),
    )


def _read(files: Files, engine: str) -> AnvilApp:
    app = read_app(files)
    if engine != "light":
        return app
    left = MAX_PARSED_CHARS
    modules = {}
    for path, source in app.modules.items():
        # What is longer is not parsed anyway.
        left -= len(source) if len(source) <= light.MAX_CHARS else 0
        modules[path] = _for_light(source) if left >= 0 else _raising(1, _TOO_LONG)
    return replace(app, modules=modules)


def _assets(trees: Sequence[Files]) -> dict[str, Asset]:
    """Return the files of themes, later ones instead of earlier ones; but every ``theme.css`` counts."""
    found: dict[str, Asset] = {}
    styles = []
    for files in trees:
        for path, content in files.items():
            if path.startswith(ASSETS):
                found[path.removeprefix(ASSETS)] = _asset(path, content_bytes(path, content))
        own = files.get(_STYLES)
        if own is not None:
            styles.append(content_bytes(_STYLES, own))
    if len(styles) > 1:
        found["theme.css"] = _asset(_STYLES, b"\n".join(styles))
    return found


def _look(themes: Sequence[Theme], trees: Sequence[Files]) -> dict[str, Any]:
    """Return what the themes of libraries, the nearest first, give to the forms of who uses them."""
    styles = [one.get(_STYLES) for one in reversed(trees)]
    css = "\n".join(one for one in styles if isinstance(one, str))
    return {**asdict(together(reversed(themes))), "css": css}


def _for_light(source: str) -> str:
    """Return a module as the Light engine takes it; one that it can't run says so, there, when it is imported."""
    lacking = light.unsupported(source)
    if not lacking:
        return light.rewritten(source)
    return _raising(lacking[0].line, lacking[0].text)


def _raising(line: int, text: str) -> str:
    return "\n" * (line - 1) + f"raise SyntaxError({text!a})\n"


def _asset(path: str, content: bytes) -> Asset:
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind in ("application/json", "application/javascript", "image/svg+xml"):
        kind += _TEXT
    return Asset(content, kind, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _routes(trees: Sequence[Files]) -> tuple[re.Pattern[str], ...] | None:
    found = []
    left = MAX_PARSED_CHARS
    for path, source in (entry for files in trees for entry in files.items()):
        if not path.startswith(SERVER) or not path.endswith(".py") or not isinstance(source, str):
            continue
        if "route" not in source and "wellknown_endpoint" not in source:
            continue
        left -= len(source)
        if left < 0 or len(source) > light.MAX_CHARS:
            return None
        try:
            declared = list(_declared(ast.parse(source)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        found += [_pattern(one) for one in declared if one is not None]
        if None in declared or len(found) > _MAX_ROUTES:
            return None
    return tuple(found)


def _declared(tree: ast.Module) -> Iterator[str | None]:
    """Give the path of each route of a module; None for one that only running it tells."""
    for node in ast.walk(tree):
        name = node.func if isinstance(node, ast.Call) else None
        called = name.attr if isinstance(name, ast.Attribute) else name.id if isinstance(name, ast.Name) else ""
        if called not in ("route", "wellknown_endpoint") or not isinstance(node, ast.Call):
            continue
        first = node.args[0] if node.args else None
        path = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
        if path is None:
            yield None
        elif called == "wellknown_endpoint":
            yield f"/.well-known/{path.removeprefix('/').removeprefix('.well-known/')}"
        else:
            yield path if path.startswith("/") else f"/{path}"


def _pattern(path: str) -> re.Pattern[str]:
    """Return what matches a route's path: at least what the library takes for it.

    What follows a parameter that takes slashes, too, is not looked at: several of those would take for ever to fail.
    """
    pieces = _PARAMETER.split(path)
    names = _PARAMETER.findall(path)
    made = re.escape(pieces[0])
    for name, piece in zip(names, pieces[1:], strict=True):
        if name.endswith("*"):
            return re.compile(made + r"[\s\S]*")
        made += "[^/]*" + re.escape(piece)
    return re.compile(made)


__all__ = ["Asset", "Bundle", "Bundles", "make_bundle"]
