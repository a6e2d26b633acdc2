"""A database as a site has it after years: many widgets, written at once and not one by one as people do."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, insert, select

from widget_model.ids import new_id
from widget_site.store import tables
from widget_site.store.database import Database

_OWNERS = 2000
_BATCH = 2000
_SYLLABLES = (
    "ba",
    "co",
    "di",
    "fu",
    "ga",
    "he",
    "ji",
    "ko",
    "lu",
    "ma",
    "ne",
    "po",
    "qui",
    "ra",
    "se",
    "tu",
    "vo",
    "zi",
)
_KINDS = ("api", "script", "scheduled")
#: How rare the rarest tag and word are: the n-th is about as frequent as 1/n.
_TAGS, _WORDS = 500, 3000


@dataclass(frozen=True)
class Filled:
    """What is in the database then, to ask for."""

    slugs: list[str]
    owners: list[str]
    #: From the most frequent to the rarest.
    words: list[str]
    tags: list[str]


async def fill(database: Database, widgets: int, pattern: str) -> Filled:
    """Write ``widgets`` more widgets with the code of the one named ``pattern``; the same ones each time."""
    chance = random.Random(7)  # titles, not secrets
    words = _names(chance, _WORDS)
    tags = _names(chance, _TAGS)
    owners = [_owner(number) for number in range(_OWNERS)]
    async with database.writing() as db:
        code = await db.scalar(select(tables.widget.c.code).where(tables.widget.c.slug == pattern))
        await db.execute(insert(tables.account), owners)
    slugs: list[str] = []
    for first in range(0, widgets, _BATCH):
        numbers = range(first, min(first + _BATCH, widgets))
        rows = [_widget(chance, number, owners, words, tags, str(code)) for number in numbers]
        slugs += [row["slug"] for row in rows if row["visibility"] == "public"]
        # Each batch by itself: the site, which is running, waits for none of them long.
        async with database.writing() as db:
            for table, made in _rows(rows):
                await db.execute(insert(table), made)
    return Filled(slugs, [str(owner["username"]) for owner in owners], words, tags)


def _rows(widgets: list[dict[str, Any]]) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    yield tables.widget, widgets
    yield tables.widget_text, [{"widget_id": row["id"], "text": row["search"]} for row in widgets]
    yield (
        tables.revision,
        [
            {
                "widget_id": row["id"],
                "number": 1,
                "code": row["code"],
                "author_id": row["owner_id"],
                "message": "",
                "created_at": row["created_at"],
            }
            for row in widgets
        ],
    )
    counts = ("fork_count", "star_count")
    yield (
        tables.widget_tag,
        [
            {"tag": tag, "widget_id": row["id"], **{name: row[name] for name in counts}}
            for row in widgets
            for tag in row["tags"]
        ],
    )


def _owner(number: int) -> dict[str, Any]:
    name = f"owner{number}"
    return {
        "id": new_id(),
        "username": name,
        "username_key": name,
        "email": f"{name}@bench.test",
        "email_key": f"{name}@bench.test",
        "password_hash": "none",
        "is_admin": False,
        "created_at": time.time(),
    }


def _widget(
    chance: random.Random, number: int, owners: list[dict[str, Any]], words: list[str], tags: list[str], code: str
) -> dict[str, Any]:
    slug = f"{chance.choice(words)}-{chance.choice(words)}-{number}"
    title, description = (" ".join(_some(chance, words, count)) for count in (3, 15))
    own = tuple(dict.fromkeys(_some(chance, tags, chance.randrange(5))))
    return {
        "id": new_id(),
        "slug": slug,
        "owner_id": chance.choice(owners)["id"],
        "kind": chance.choice(_KINDS),
        "title": title,
        "description": description,
        "visibility": chance.choices(("public", "unlisted", "private"), (90, 3, 7))[0],
        "search": " ".join((slug, title, description, *own)),
        "revision": 1,
        "code": code,
        "generation": 1,
        "fork_count": int(chance.paretovariate(0.8)) - 1,
        "star_count": int(chance.paretovariate(0.6)) - 1,
        "tags": own,
        "created_at": time.time(),
        "changed_at": time.time(),
    }


def _names(chance: random.Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(chance.choices(_SYLLABLES, k=chance.randrange(2, 5)))] = None
    return list(found)


def _some(chance: random.Random, names: list[str], count: int) -> list[str]:
    """Return names, the n-th about as often as 1/n."""
    return [names[min(len(names) - 1, int(len(names) ** chance.random()) - 1)] for _ in range(count)]
