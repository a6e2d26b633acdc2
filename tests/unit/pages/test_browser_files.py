"""What a page loads stays within its budget (spec/frontend.md 6), and the build names every file that pages ask for."""

import gzip
import re
from pathlib import Path

from widget_site.assets import ADDRESS, FOLDER, asset, preloads

TEMPLATES = Path(__file__).parents[3] / "site" / "widget_site" / "templates"


def gzipped_kb(*names: str) -> float:
    addresses = {address for name in names for address in (asset(name), *preloads(name))}
    files = [FOLDER / address.removeprefix(ADDRESS) for address in addresses]
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) / 1000


def test_public_pages_load_at_most_5_kb_of_scripts() -> None:
    assert gzipped_kb("site.ts", "theme.ts") <= 5


def test_the_editor_loads_at_most_200_kb_of_scripts() -> None:
    assert gzipped_kb("editor.tsx", "site.ts", "theme.ts") <= 200


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
