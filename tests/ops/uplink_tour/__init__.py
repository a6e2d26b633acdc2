"""A scripted tour of all that ``anvil-uplink`` offers: ``tour.py``, its ``rival.py``, and the ``widget.py`` they call.

They are what people would write, and run where people run theirs: nothing of this repository is imported.
``tests/ops/test_killed.py`` runs them, since the last chapter needs a site that is killed.
"""

from pathlib import Path
from typing import Any

from tests.fixtures.stack import Person

PROGRAM = Path(__file__).with_name("tour.py")
CHAPTERS = (
    "callables", "types", "media", "tables", "transactions", "users", "secrets", "background_tasks", "reconnects"
)  # fmt: skip
#: Of the user whom the tour leaves behind.
CREDENTIALS = b"email=ann@example.com&password=a+quite+new+password"
_PEOPLE: list[dict[str, str]] = [
    {"name": "name", "type": "string"},
    {"name": "age", "type": "number"},
    {"name": "member", "type": "bool"},
    {"name": "born", "type": "date"},
    {"name": "seen", "type": "datetime"},
    {"name": "pic", "type": "media"},
    {"name": "data", "type": "simpleObject"},
    {"name": "friend", "type": "link_single", "table": "people"},
    {"name": "friends", "type": "link_multiple", "table": "people"},
]
_COUNTERS = [{"name": "name", "type": "string"}, {"name": "n", "type": "number"}]


def made(owner: Person) -> str:
    """Make the widget with its tables, users and secrets, as its owner does in the browser; return its name."""
    slug: str = owner.make("api", PROGRAM.with_name("widget.py").read_text())["slug"]

    def done(method: str, path: str, body: Any = None) -> None:
        answer = owner.call(method, f"/widgets/{slug}/{path}", body)
        assert answer.status in (200, 201, 204), answer.text

    for table, columns in (("people", _PEOPLE), ("counters", _COUNTERS)):
        done("POST", "tables", {"name": table})
        for column in columns:
            done("POST", f"tables/{table}/columns", column)
    done("PATCH", "users-service", {"on": True, "confirm_email": False, "require_secure_passwords": True})
    done("PUT", "secrets/api_token", {"value": "s3cret of the tour"})
    done("POST", "secrets/customer_key/key")
    return slug
