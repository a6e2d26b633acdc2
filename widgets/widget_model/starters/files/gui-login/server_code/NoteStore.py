from datetime import datetime, timezone

import anvil.server
import anvil.users
from anvil.tables import app_tables, order_by

# With require_user these functions are refused to who is not logged in. Whose notes they are is decided
# here, by who is logged in, and never by what the page says.


@anvil.server.callable(require_user=True)
def list_notes():
    mine = app_tables.notes.search(
        order_by("written", ascending=False), owner=anvil.users.get_user()
    )
    return [{"text": note["text"], "written": note["written"]} for note in mine]


@anvil.server.callable(require_user=True)
def add_note(text):
    app_tables.notes.add_row(
        text=str(text).strip()[:5000],
        written=datetime.now(timezone.utc),
        owner=anvil.users.get_user(),
    )
    return list_notes()
