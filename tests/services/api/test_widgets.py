"""Widgets over the API, from making to deleting."""

from tests.services.api.conftest import Caller


async def test_a_new_widget_starts_with_a_program_and_an_address(owner: Caller) -> None:
    made = await owner("POST", "/widgets", {"kind": "api", "title": "Sums"})

    assert made.status == 201
    assert made.json["url"] == f"http://{made.json['slug']}.localhost:8000"
    assert made.json["slug"].count("-") >= 2
    assert "anvil.server.route" in made.json["files"]["main.py"]
    assert (made.json["owner"], made.json["revision"], made.json["visibility"]) == ("olive", 1, "public")
