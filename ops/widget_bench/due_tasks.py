"""Tasks that come due together, written into the site's own database: the API would take far too long."""

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from widget_bench.samples import BenchError
from widget_model.ids import new_id

_BUSY_S = 30.0
#: Schedules of ours name a background task each; a widget's own schedule has no name.
_NAME = "bench_"


def code_of(tasks: int) -> str:
    """Return the code of a widget with as many background tasks as ``write`` makes schedules for it."""
    one = "@anvil.server.background_task\ndef {name}():\n    print('here')\n"
    return "import anvil.server\n\n" + "\n\n".join(one.format(name=f"{_NAME}{number}") for number in range(tasks))


@dataclass(frozen=True)
class Found:
    """What became of one time at which a task was due."""

    schedule_id: str
    due_at: float
    reason: str
    state: str
    run_id: str | None
    outcome: str | None
    started_at: float | None
    finished_at: float | None


class DueTasks:
    """The tasks of one benchmark in the SQLite database of a running site of our own."""

    def __init__(self, data: Path) -> None:
        self._path = data / "site" / "widgetry.sqlite"
        if not self._path.is_file():
            raise BenchError(f"there is no database at {self._path}")

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(self._path, timeout=_BUSY_S)) as connection, connection:
            yield connection

    def write(self, slugs: list[str], many: int, first_due_at: float, within_s: float) -> None:
        """Write ``many`` daily schedules, their first times spread evenly over ``within_s``, widget after widget.

        Each runs a background task of its own (``code_of``). Neighbours in time belong to different widgets, which is
        the hardest order: each needs another sandbox.
        """
        later = time.strftime("%H:%M", time.gmtime(first_due_at + 12 * 3600))
        spec = json.dumps({"every": "day", "at": later})
        with self._connected() as db:
            ids = dict(db.execute("SELECT slug, id FROM widget"))
            rows = []
            for number in range(many):
                due_at = first_due_at + within_s * number / many
                widget_id = ids[slugs[number % len(slugs)]]
                rows.append((new_id(), widget_id, f"{_NAME}{number // len(slugs)}", spec, due_at, due_at))
            db.executemany(
                "INSERT INTO schedule (id, widget_id, name, spec, next_at, due_at, retry_attempt) "
                "VALUES (?, ?, ?, ?, ?, ?, 0)",
                rows,
            )

    def done(self) -> int:
        """Return how many are settled."""
        with self._connected() as db:
            (count,) = db.execute("SELECT count(*) FROM tick WHERE state NOT IN ('waiting', 'handed_over')").fetchone()
        return int(count)

    def found(self) -> list[Found]:
        """Return everything that came due, in the order of its times."""
        with self._connected() as db:
            rows = db.execute(
                "SELECT s.id, t.tick_at, t.reason, t.state, t.run_id, r.outcome, r.started_at, r.finished_at "
                "FROM tick t JOIN schedule s ON s.id = t.schedule_id LEFT JOIN run r ON r.id = t.run_id "
                "WHERE s.name LIKE ? ORDER BY t.tick_at",
                (f"{_NAME}%",),
            ).fetchall()
        return [Found(*row) for row in rows]
