"""Code that its owner keeps private: at no address does anybody else read a word of it; all else goes on as before."""

from dataclasses import dataclass
from typing import Any

import pytest
from quart import Quart
from tests.services.api.conftest import Caller, browser_of
from tests.services.api.page_visitor import PageVisitor

from widget_model.files import FileContent
from widget_model.ids import new_id
from widget_site.parts import SiteParts
from widget_site.public.trial import Trial, send
from widget_site.store import drafts, proposals, revisions, runs, widgets
from widget_site.store.runs import FinishedRun
from widget_site.store.widgets import WidgetChanges
from widget_wire.runs import RunEvent, RunRecord

#: Wherever a part of the code is told, one of these is.
MARKER = "quincunx"
SOURCE = f'''
"""The {MARKER} of modules."""
import argparse
import anvil.server

def main({MARKER}_argument: int = 3):
    """Runs the {MARKER}."""

@anvil.server.route("/{MARKER}/:{MARKER}_id")
def {MARKER}(**{MARKER}_rest):
    """Answers the {MARKER}."""
    return "{MARKER}"
'''
FILES: dict[str, FileContent] = {
    "main.py": SOURCE,
    f"{MARKER}.py": SOURCE,
    "requirements.txt": f"{MARKER}\n",
    "data.bin": {"base64": "AP8A"},
}
QUERIES = {
    "/w/<slug>/diff": ["?from=1&to=2", "?from=0&to=2", "?from=0&to=1", "?to=draft", "?from=1&to=2&path=main.py"],
    "/w/<slug>/diff/forms": ["?from=1&to=2", "?from=0&to=2", "?to=draft"],
    "/w/<slug>/parent": ["?side=theirs&path=main.py", "?side=mine"],
    "/api/v1/widgets/<slug>/diff": ["?from=1&to=2", "?from=0&to=2", "?to=draft", "?from=1&to=2&path=main.py"],
    "/api/v1/widgets/<slug>/parent/diff": ["?side=theirs", "?side=mine"],
    "/api/v1/widgets": ["?owner=olive", f"?q={MARKER}", "?kind=api"],
    "/explore": [f"?q={MARKER}", "?kind=script"],
}


@dataclass
class World:
    """Olive's public widgets with private code, and Otto's fork of one from the time before."""

    app: Quart
    values: list[dict[str, str]]
    forks: list[str]

    def addresses(self) -> list[str]:
        """Every address that is read, with every widget in it."""
        found = []
        for rule in self.app.url_map.iter_rules():
            if rule.websocket or "GET" not in (rule.methods or ()) or "filename" in rule.arguments:
                continue
            for values in self.values:
                args: dict[str, Any] = {name: values.get(name, "1") for name in rule.arguments}
                if "number" in args:
                    args["number"] = int(args["number"])
                made = self.app.url_map.bind("localhost").build(rule.endpoint, args)
                found += [made + query for query in ["", *QUERIES.get(rule.rule.replace("string:", ""), [])]]
        return sorted(set(found))


@pytest.fixture
async def world(app: Quart, owner: Caller, other: Caller, site: SiteParts) -> World:
    assert owner.account is not None
    assert other.account is not None
    store, olive = site.store, owner.account
    values, forks = [], []
    for kind in ("script", "api"):
        made = await widgets.create(store, olive, kind, "Sums", {"main.py": "1", "README.md": "Read me."})
        fork = await widgets.fork(store, made.slug, other.account)
        await revisions.append(store, fork.slug, other.account.id, {"new.py": "x"})
        offered = await proposals.propose(store, fork.slug, other.account.id, "Better", "", "http://localhost")
        await revisions.append(store, made.slug, olive.id, FILES, message=f"The {MARKER}")
        await drafts.put(store, made.slug, olive.id, {**FILES, "draft.py": MARKER}, base_revision=2)
        run_id, now = new_id(), 1_800_000_000.0
        said = RunEvent(1, now, "error", f'File "main.py", line 3\n{MARKER}')
        record = RunRecord(run_id, made.id, "owner", 2, "error", now, now + 1, error=MARKER)
        await runs.finish(store, [FinishedRun(record, (said,))])
        await widgets.change(store, made.slug, olive.id, WidgetChanges(code_private=True, embeddable=True))
        shared = {"run_id": run_id, "proposal_id": offered.id, "number": "2", "username": "olive"}
        values += [{"slug": made.slug, **shared}, {"slug": fork.slug, **shared}]
        forks.append(fork.slug)
    return World(app, values, forks)


async def told_at(caller: Caller, address: str) -> bytes:
    response = await caller.app.test_client().get(address, headers=caller.headers)
    data: bytes = await response.get_data(as_text=False)
    return data + str(response.headers).encode()


async def leaks(caller: Caller, world: World) -> list[str]:
    # What somebody searches for, their own page says again.
    own_words = [address for address in world.addresses() if MARKER in address]
    found = []
    for address in world.addresses():
        said = (await told_at(caller, address)).decode(errors="replace")
        allowed = said.count(MARKER) if address in own_words and "Sums" not in said else 0
        if said.count(MARKER) > allowed:
            found.append(address)
    return found


async def test_no_address_tells_a_stranger_a_word_of_private_code(
    world: World, anybody: Caller, other: Caller, site: SiteParts
) -> None:
    assert other.account is not None
    browser = await browser_of(world.app, site, other.account)

    for stranger in (anybody, browser):
        assert await leaks(stranger, world) == []


async def test_the_walk_finds_code_where_it_is_read(world: World, owner: Caller, site: SiteParts) -> None:
    assert owner.account is not None
    slug = world.values[0]["slug"]

    read = await leaks(await browser_of(world.app, site, owner.account), world)

    for address in (
        f"/w/{slug}",
        f"/w/{slug}/revisions",
        f"/w/{slug}/revisions/2",
        f"/w/{slug}/diff?from=1&to=2",
        f"/w/{slug}/edit",
        f"/api/v1/widgets/{slug}",
        f"/api/v1/widgets/{slug}/draft",
        f"/api/v1/widgets/{slug}/form",
        f"/api/v1/widgets/{slug}/revisions",
        f"/api/v1/runs/{world.values[0]['run_id']}",
    ):
        assert address in read


async def test_nothing_that_a_stranger_does_brings_private_code(world: World, other: Caller, anybody: Caller) -> None:
    for values in world.values[::2]:
        for path in ("fork", "requests", "pull", "propose", "runs", "preview", "revisions/1/restore"):
            bodies: dict[str, dict[str, str]] = {
                "requests": {"method": "GET", "target": "/_/openapi.json"},
                "propose": {"title": "x"},
            }
            body = bodies.get(path, {})
            for caller in (other, anybody):
                answer = await caller("POST", f"/widgets/{values['slug']}/{path}", body)
                assert MARKER.encode() not in answer.data
                assert answer.status in (401, 403) or (path, answer.status) == ("requests", 200)
    for fork in world.forks:
        pull = await other("POST", f"/widgets/{fork}/pull", {"choices": {"main.py": "theirs"}})
        propose = await other("POST", f"/widgets/{fork}/propose", {"title": "x"})
        assert (pull.status, propose.status) == (403, 403)
    update = await other("POST", f"/proposals/{world.values[0]['proposal_id']}/update")
    assert (update.status, MARKER.encode() in update.data) == (403, False)


@pytest.mark.parametrize("path", ["/_/openapi.json", "/_/docs"])
async def test_its_own_address_tells_nothing_of_what_the_code_declares(
    world: World, site: SiteParts, path: str
) -> None:
    api = world.values[2]["slug"]
    host = f"{api}.localhost:8000"

    closed = await send(site.public, api, host, Trial("GET", path.encode()), token=None, timeout_s=20)
    widget = await widgets.by_slug(site.store, api, None)
    token = await site.previews.make(widget.id)
    to_owner = await send(site.public, api, host, Trial("GET", path.encode()), token=token, timeout_s=20)

    assert (closed.status, MARKER.encode() in closed.body) == (404, False)
    assert "keeps its code private" in closed.body.decode()
    assert (to_owner.status, MARKER.encode() in to_owner.body) == (200, True)
    assert "access-control-allow-origin" not in dict(to_owner.headers)


async def test_what_is_public_stays_public(world: World, anybody: Caller, owner: Caller) -> None:
    slug = world.values[0]["slug"]

    shown = (await anybody("GET", f"/widgets/{slug}")).json

    assert (shown["code_private"], shown["files"], shown["requirements"]) == (True, {"README.md": "Read me."}, [])
    assert slug in [one["slug"] for one in (await anybody("GET", "/widgets")).json["items"]]
    assert (await owner("GET", f"/widgets/{slug}")).json["files"]["main.py"] == SOURCE
    page = (await PageVisitor(world.app).get(f"/w/{slug}")).text
    assert "keeps the code private" in page
    assert "Read me." in page
    for link in ("/revisions", "/export", "/fork", "/parent"):
        assert f'/w/{slug}{link}"' not in page
        assert f'/widgets/{slug}{link}"' not in page


async def test_its_owner_opens_and_closes_it_and_their_own_fork_stays_closed(
    app: Quart, world: World, owner: Caller, anybody: Caller
) -> None:
    slug = world.values[0]["slug"]

    copy = await owner("POST", f"/widgets/{slug}/fork")
    refused = await anybody("PATCH", f"/widgets/{slug}", {"code_private": False})
    opened = await owner("PATCH", f"/widgets/{slug}", {"code_private": False})

    assert (copy.status, copy.json["code_private"]) == (201, True)
    assert refused.status == 401
    assert (opened.status, opened.json["code_private"]) == (200, False)
    assert (await anybody("GET", f"/widgets/{slug}")).json["files"]["main.py"] == SOURCE
    assert (await anybody("GET", f"/widgets/{copy.json['slug']}")).json["files"] == {"README.md": "Read me."}


async def test_the_settings_page_keeps_code_private(app: Quart, site: SiteParts) -> None:
    account = await site.accounts.sign_up("nina", "nina@example.com", "a long sentence", "203.0.113.8")
    made = await widgets.create(site.store, account, "script", "Sums", {"main.py": "1"})
    nina = PageVisitor(app)
    await nina.sign_in("nina", "a long sentence")
    fields = {"title": "Sums", "description": "", "visibility": "public", "slug": made.slug}

    wrong = await nina.send(f"/w/{made.slug}/settings", **fields, code="something")
    kept = await nina.send(f"/w/{made.slug}/settings", **fields, code="private")

    assert (wrong.status, kept.status) == (400, 303)
    assert (await widgets.by_slug(site.store, made.slug, None)).code_private
    assert '<option value="private" selected>Only you' in (await nina.get(f"/w/{made.slug}/settings")).text
    await nina.send(f"/w/{made.slug}/settings", title="Only this")
    assert (await widgets.by_slug(site.store, made.slug, None)).code_private
