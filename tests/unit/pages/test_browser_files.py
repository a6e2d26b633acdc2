"""What a page loads stays within its budget (spec/frontend.md 6), and the build names every file that pages ask for."""

import gzip
import re
from pathlib import Path

import pytest
from quart import Quart

from widget_site.assets import ADDRESS, FOLDER, asset, preloads
from widget_site.errors import NotFoundError
from widget_site.pages import engine_files, headers

TEMPLATES = Path(__file__).parents[3] / "site" / "widget_site" / "templates"


def gzipped_kb(*names: str) -> float:
    addresses = {address for name in names for address in (asset(name), *preloads(name))}
    files = [FOLDER / address.removeprefix(ADDRESS) for address in addresses]
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) / 1000


def test_public_pages_load_at_most_5_kb_of_scripts() -> None:
    assert gzipped_kb("site.ts", "theme.ts") <= 5


def test_the_editor_loads_at_most_200_kb_of_scripts() -> None:
    assert gzipped_kb("editor.tsx", "site.ts", "theme.ts") <= 200


def loaded_with(name: str) -> set[Path]:
    """The built file of a source with all that it imports at once, not what it loads when somebody asks for it."""
    found: set[Path] = set()
    waiting = [FOLDER / asset(name).removeprefix(ADDRESS)]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += [FOLDER / other for other in re.findall(r'(?:from|import) *"\./([^"]+\.js)"', file.read_text())]
    return found


def test_the_designer_loads_at_most_60_kb_of_scripts_beyond_the_editor() -> None:
    editor = loaded_with("editor.tsx")
    designer = loaded_with("design_pane.tsx")

    assert editor & designer
    assert sum(len(gzip.compress(file.read_bytes(), 9)) for file in designer - editor) / 1000 <= 60


def test_every_file_that_a_template_names_was_built() -> None:
    texts = "".join(file.read_text() for file in TEMPLATES.glob("*.html"))
    names = set(re.findall(r"asset\('([^']+)'\)", texts))

    assert {"site.css", "editor.tsx"} <= names
    assert all((FOLDER / asset(name).removeprefix(ADDRESS)).exists() for name in names)


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    texts = "".join(file.read_text() for file in TEMPLATES.glob("*.html"))
    sprite = (FOLDER / asset("icons.svg").removeprefix(ADDRESS)).read_text()
    names = set(re.findall(r'icon\("([a-z-]+)"\)', texts))

    assert names
    assert {name for name in names if f'id="{name}"' not in sprite} == set()


def engines() -> Quart:
    app = Quart("widget_site", static_folder="static", static_url_path="/static")
    app.register_blueprint(engine_files.blueprint)
    app.after_request(headers.secure)
    return app


async def test_any_page_may_fetch_an_engine_in_brotli_once_for_ever() -> None:
    address = asset("engines/pyodide/pyodide.asm.wasm")

    plain = await engines().test_client().get(address)
    packed = await engines().test_client().get(address, headers={"Accept-Encoding": "gzip, br"})

    assert (await plain.get_data(as_text=False)).startswith(b"\0asm")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "br"
    assert len(await packed.get_data(as_text=False)) < 3_500_000
    for answer in (plain, packed):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "application/wasm"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["nothing.js", "../manifest.json", "%2e%2e/manifest.json", "..", "pyodide"])
async def test_there_is_nothing_else_below_the_engines(name: str) -> None:
    with_errors = engines()
    with_errors.register_error_handler(NotFoundError, lambda error: (str(error), error.status))

    assert (await with_errors.test_client().get(f"{ADDRESS}engines/{name}")).status_code == 404
