"""``scale``: what pages cost with 100,000 widgets in the database."""

import asyncio
import time
from collections.abc import Callable
from itertools import count

from widget_bench.filling import Filled, fill
from widget_bench.http_client import Connection, request_bytes
from widget_bench.machine import Machine
from widget_bench.report import Report
from widget_bench.samples import BenchError, Contender, interleave, row
from widget_site.settings import SiteSettings
from widget_site.store.database import Database

WIDGETS = 100_000
_MOST_MS = 50.0
_GAP_S = 0.01
_ROUNDS = 100


def scale(machine: Machine) -> Report:
    """Measure pages of a full site, from the request to the last byte of the answer, on one connection."""
    report = Report("scale")
    if machine.stack.pid is None:
        report.notes.append("not measured: it fills the database of a site of its own (leave out --url)")
        return report
    site = machine.site
    began = time.perf_counter()
    filled = asyncio.run(_fill(machine, site.make_widget("script", "print('hello')\n")))
    report.notes.append(
        f"{WIDGETS:,} widgets of {len(filled.owners):,} accounts, in {time.perf_counter() - began:.0f} s"
    )
    connection = Connection(site.address, site.port)
    pages = [
        Contender(name, _opening(connection, site.netloc, path, cookie))
        for name, path, cookie in _pages(machine, filled)
    ]
    interleave(pages, min(machine.options.rounds, _ROUNDS), _GAP_S, warm_up=5)
    connection.close()
    for page in pages:
        report.add(row(page.series, most=_MOST_MS), page.series)
    report.notes.append(
        "every page whole, as HTML; the gallery is everybody's, the front page also of who is signed in"
    )
    return report


async def _fill(machine: Machine, pattern: str) -> Filled:
    database = Database(SiteSettings(data=machine.options.data / "site").database_address)
    try:
        return await fill(database, WIDGETS, pattern)
    finally:
        await database.close()


def _pages(machine: Machine, filled: Filled) -> list[tuple[str, Callable[[int], str], str]]:
    """Return (name, address of the n-th request, cookie); no two requests in a row ask for the same."""
    words, tags, slugs, owners = filled.words, filled.tags, filled.slugs, filled.owners

    def nth(values: list[str], first: int = 0, last: int | None = None) -> Callable[[int], str]:
        chosen = values[first:last]
        return lambda number: chosen[number * 7919 % len(chosen)]

    common, rare = nth(words, 0, 20), nth(words, -500)
    tag, rare_tag = nth(tags, 0, 20), nth(tags, -200)
    any_slug, any_owner = nth(slugs), nth(owners)
    return [
        ("home", lambda _number: "/", ""),
        ("home, signed in", lambda _number: "/", machine.site.sign_in()),
        ("explore", lambda _number: "/explore", ""),
        ("explore, most starred", lambda _number: "/explore?sort=starred", ""),
        ("search, common word", lambda number: f"/explore?q={common(number)}", ""),
        ("search, two rare words", lambda number: f"/explore?q={rare(number)}+{rare(number + 1)}", ""),
        ("search, nothing found", lambda number: f"/explore?q=nothing{number}has-this", ""),
        ("tag", lambda number: f"/explore?tag={tag(number)}", ""),
        ("tag, most starred", lambda number: f"/explore?tag={tag(number)}&sort=starred", ""),
        ("rare tag and a kind", lambda number: f"/explore?tag={rare_tag(number)}&kind=api", ""),
        ("widget page", lambda number: f"/w/{any_slug(number)}", ""),
        ("page of a person", lambda number: f"/@{any_owner(number)}", ""),
    ]


def _opening(connection: Connection, host: str, path: Callable[[int], str], cookie: str) -> Callable[[], float]:
    """Return what opens the next of these pages and measures it, in ms."""
    headers = {"Cookie": cookie} if cookie else {}
    numbers = count()

    def measure() -> float:
        sent = request_bytes("GET", path(next(numbers)), host, headers)
        began = time.perf_counter()
        answer = connection.request(sent)
        took = (time.perf_counter() - began) * 1e3
        if answer.status != 200 or b"</html>" not in answer.body:
            raise BenchError(f"{sent.splitlines()[0].decode()} answered {answer.status}")
        return took

    return measure
