"""The front page: for strangers what this is, for owners their widgets and what happened to them."""

from dataclasses import dataclass

from markupsafe import Markup
from quart import Blueprint, request

from widget_model.kinds import Kind
from widget_model.outcomes import Trigger
from widget_site.accounts.visitor import visitor
from widget_site.pages.code import code_file
from widget_site.pages.render import page, widget_url
from widget_site.parts import parts
from widget_site.store import proposals, runs, widgets
from widget_site.store.values import Account

blueprint = Blueprint("home", __name__)

_SHOWN = 6
_RECENT_RUNS = 8


@dataclass(frozen=True)
class Example:
    """A kind in five lines."""

    kind: str
    text: str
    source: str

    @property
    def code(self) -> Markup:
        """The source with colours."""
        return Markup("\n").join(code_file("main.py", self.source).lines)


@dataclass(frozen=True)
class Demo:
    """A whole API, the command that calls it and what it answers."""

    source: str
    command: str
    answer: str

    @property
    def code(self) -> Markup:
        """The source with colours."""
        return Markup("\n").join(code_file("main.py", self.source).lines)


EXAMPLES = (
    Example(
        Kind.SCRIPT,
        "Runs top to bottom when you press Run. Its output shows as it comes.",
        'from datetime import date\n\ndays = (date(2030, 1, 1) - date.today()).days\nprint(f"{days} days to go")\n',
    ),
    Example(
        Kind.SCHEDULED,
        "Runs by itself: every n minutes to months, or by cron text, in your time zone.",
        'import urllib.request\n\nwith urllib.request.urlopen("https://example.com") as answer:\n'
        '    print(answer.status, len(answer.read()), "bytes")\n',
    ),
    Example(
        Kind.API,
        "Answers HTTP requests at its own address. Anybody can call it.",
        'import anvil.server\n\n@anvil.server.route("/double/:number")\ndef double(number):\n'
        '    return {"double": 2 * int(number)}\n',
    ),
)
_DEMO = (
    "import anvil.server\n\n"
    '@anvil.server.route("/hello/:name")\ndef hello(name):\n    print("called by", name)\n'
    '    return {"greeting": f"Hello, {name}!"}\n'
)


@blueprint.get("/")
async def home() -> str:
    """Show the front page."""
    account = (await visitor()).account
    store = parts().store
    newest = (await widgets.listed(store, None, limit=_SHOWN)).items
    most_forked = await widgets.most_forked(store, _SHOWN)
    if account is not None:
        return await _owners_home(account, newest=newest, most_forked=most_forked)
    demo = Demo(_DEMO, f"curl {widget_url('your-own-widget')}hello/Ada", '{"greeting": "Hello, Ada!"}')
    return await page("home_signed_out.html", demo=demo, examples=EXAMPLES, newest=newest, most_forked=most_forked)


async def _owners_home(account: Account, **lists: object) -> str:
    store = parts().store
    mine = await widgets.recent_of(store, account.id, after=request.args.get("after"))
    recent = (await runs.recent_of(store, account.id, limit=50)).items
    # Newest first, so the last one that is put in is the oldest: turn it round.
    last_runs = {run.widget_id: run for run in reversed(recent) if run.trigger != Trigger.INSTALL}
    titles = {widget.id: widget.title for widget in mine.items}
    shown = {
        "mine": mine,
        "runs": recent[:_RECENT_RUNS],
        "last_runs": last_runs,
        "titles": titles,
        "proposals_waiting": await proposals.waiting(store, account.id),
    }
    return await page("home.html", **shown, **lists)
