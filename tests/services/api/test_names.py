"""Old names of widgets in addresses of the API and of pages."""

from quart import Quart
from tests.services.api.conftest import Caller
from tests.services.api.page_visitor import PageVisitor


async def renamed(owner: Caller, visibility: str = "public") -> str:
    """Make a widget that is called second-name now; return its old name."""
    made = await owner("POST", "/widgets", {"kind": "script", "title": "T", "visibility": visibility})
    changed = await owner("PATCH", f"/widgets/{made.json['slug']}", {"slug": "second-name"})
    assert changed.status == 200
    slug: str = made.json["slug"]
    return slug


async def test_d_36_the_api_leads_from_an_old_name_to_the_new_one(owner: Caller, anybody: Caller) -> None:
    old = await renamed(owner)

    for method, path, body in (
        ("GET", "", None),
        ("GET", "/revisions?limit=5", None),
        ("PATCH", "", {"title": "New"}),
        ("PUT", "/files", {"files": {"main.py": "2"}}),
    ):
        answer = await owner(method, f"/widgets/{old}{path}", body)
        assert (answer.status, answer.headers["Location"]) == (308, f"/api/v1/widgets/second-name{path}")
        assert answer.json["error"]["slug"] == "second-name"
        assert answer.headers["Cache-Control"] == "no-store"
    assert (await anybody("GET", f"/widgets/{old}")).status == 308
    assert (await owner("GET", "/widgets/second-name")).json["title"] == "T"
    assert (await owner("GET", "/widgets/second-name/revisions/99")).status == 404


async def test_d_36_an_old_name_of_a_private_widget_is_unknown_to_others(
    owner: Caller, other: Caller, anybody: Caller
) -> None:
    old = await renamed(owner, "private")

    assert [(await caller("GET", f"/widgets/{old}")).status for caller in (owner, other, anybody)] == [308, 404, 404]


async def test_d_36_pages_lead_from_an_old_name_to_the_new_one(app: Quart, owner: Caller) -> None:
    old = await renamed(owner)
    visitor = PageVisitor(app)

    for path in ("", "/revisions", "/revisions/1", "/forks?after=x"):
        shown = await visitor.get(f"/w/{old}{path}")
        assert (shown.status, shown.location) == (308, f"/w/second-name{path}")
    assert (await visitor.get("/w/second-name")).status == 200
