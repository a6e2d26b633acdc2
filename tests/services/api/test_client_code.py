"""Checks of a GUI's code over the API: for its owner, by its engine, of text that is not saved."""

import pytest
from tests.services.api.conftest import Caller

FORM = "client_code/Form1/__init__.py"


async def made(owner: Caller, engine: str) -> str:
    slug: str = (await owner("POST", "/widgets", {"kind": "gui", "title": "T"})).json["slug"]
    await owner("PATCH", f"/widgets/{slug}", {"client_engine": engine})
    return f"/widgets/{slug}/client-code/check"


@pytest.mark.parametrize(("engine", "marked"), [("full", []), ("light", [1])])
async def test_client_code_is_checked_by_the_widgets_engine(owner: Caller, engine: str, marked: list[int]) -> None:
    body = {"path": FORM, "files": {FORM: "import csv\n", "server_code/a.py": "@callable\ndef b(): pass\n"}}

    found = (await owner("POST", await made(owner, engine), body)).json

    assert [one["line"] for one in found["marks"]] == marked
    assert found["functions"] == [{"name": "b", "path": "server_code/a.py", "line": 2}]
    assert "text" in found["types"]["TextBox"]


@pytest.mark.parametrize("body", [{"path": "a.py", "files": {}}, {"path": "a.py", "files": {"a.py": "x" * 2_000_001}}])
async def test_what_is_too_much_or_not_there_is_refused(owner: Caller, body: dict[str, object]) -> None:
    assert (await owner("POST", await made(owner, "full"), body)).status == 400
