"""New widget: choose a kind, and be in the editor of a starter that runs."""

from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup
from quart import Blueprint, redirect, request
from quart.typing import ResponseReturnValue

from widget_model.files import MAIN, Files
from widget_model.kinds import KINDS, Kind
from widget_model.package_lists import MINIMAL, PACKAGE_LISTS
from widget_model.requirements import REQUIREMENTS, text_of
from widget_model.starters import TITLES, Starter, first_file, starter, starters
from widget_model.users_settings import UsersSettings
from widget_site import anvil_apps
from widget_site.accounts.visitor import require_form_token, visitor
from widget_site.errors import SiteError
from widget_site.examples import Example, examples
from widget_site.pages.code import code_file
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.pages.words import VISIBILITIES
from widget_site.parts import parts
from widget_site.store import users_services, widgets
from widget_site.store.data.editing import Editing
from widget_site.store.values import Account

blueprint = Blueprint("new_widget", __name__)

_TEXTS = {
    Kind.SCRIPT: "Runs from top to bottom when you press Run; output shows as it comes.",
    Kind.SCHEDULED: "Runs by itself, every day at first; you choose the times under Schedule.",
    Kind.API: "Answers HTTP requests at a public URL; each in a fresh interpreter.",
    Kind.GUI: "A page of forms and buttons at a public URL, in Python on both sides.",
}
#: The form as it is when nobody has chosen anything.
START = {
    "kind": Kind.SCRIPT.value,
    "title": "",
    "packages": MINIMAL,
    "visibility": "public",
    "example": "",
    "starter": starters(Kind.GUI)[0].name,
}

_STARTERS = frozenset(one.name for one in starters(Kind.GUI))


@dataclass(frozen=True)
class Choice:
    """A kind that can be made, with what it starts with."""

    kind: Kind
    text: str

    @property
    def begins(self) -> tuple["Beginning", ...]:
        """What a widget of it can start as; the usual one first."""
        return tuple(Beginning(self.kind, one) for one in starters(self.kind)) or (Beginning(self.kind, None),)


@dataclass(frozen=True)
class Beginning:
    """What a new widget starts as."""

    kind: Kind
    #: None for a kind that starts in one way only.
    starter: Starter | None

    @property
    def lines(self) -> tuple[Markup, ...]:
        """Its code, highlighted."""
        files = starter(self.kind, self.starter.name if self.starter else "")
        return code_file(self.path, files[self.path]).lines

    @property
    def path(self) -> str:
        """The file that is shown of it."""
        return first_file(self.kind)


@blueprint.get("/new")
async def new_widget_form() -> str:
    """Show the form, filled with what the address carries (from before a sign-up, or from a link).

    With ``example`` the widget begins with that example of the documentation.
    """
    kind = request.args.get("kind", "")
    example = examples().get(request.args.get("example", ""))
    title = request.args.get("title", "") or (example.title if example else "")
    visibility = request.args.get("visibility", "")
    packages = request.args.get("packages", "")
    begins = request.args.get("starter", "")
    values = {
        "kind": kind if kind in KINDS else Kind.SCRIPT.value,
        "title": title[:200],
        "packages": packages if packages in PACKAGE_LISTS else MINIMAL,
        "visibility": visibility if visibility in VISIBILITIES else "public",
        "example": example.name if example else "",
        "starter": begins if begins in _STARTERS else START["starter"],
    }
    return await show(Form(values))


@blueprint.post("/new")
async def new_widget() -> ResponseReturnValue:
    """Make the widget and open its editor; who is not signed in signs up first and finds the form as it was."""
    await require_form_token()
    form = await posted(*START)
    account = (await visitor()).account
    if account is None:
        first = "/sign-up" if parts().settings.is_sign_up_open else "/sign-in"
        return redirect(f"{first}?{urlencode({'next': f'/new?{urlencode(form.values)}'})}", 303)
    values = form.values
    example = examples().get(values["example"])
    try:
        slug = await (_make(account, values) if example is None else _make_example(account, values, example))
    except SiteError as error:
        return await show(form.refuse(error)), form.status
    return see_other(f"/w/{slug}/edit")


async def _make(account: Account, values: dict[str, str]) -> str:
    kind = Kind(values["kind"]) if values["kind"] in KINDS else Kind.SCRIPT
    title = values["title"].strip() or TITLES[kind]
    name = values["starter"] if kind == Kind.GUI and values["starter"] in _STARTERS else ""
    files = _with_packages(starter(kind, name), values["packages"])
    made = await widgets.create(parts().store, account, kind, title, files, visibility=values["visibility"])
    if kind == Kind.GUI:
        await anvil_apps.furnish(parts().store, made, account, dict(files))
    return made.slug


async def _make_example(account: Account, values: dict[str, str], example: Example) -> str:
    """Make a widget of an example, with the table and the service that its code needs."""
    title = values["title"].strip() or example.title
    store = parts().store
    made = await widgets.create(store, account, example.kind, title, example.files, visibility=values["visibility"])
    if example.table is not None:
        editing = await Editing.of(store, made.slug, account.id)
        table = await editing.add_table(example.table.name, "", "none", "full")
        for name, kind in example.table.columns:
            await editing.add_column(table.name, name, kind, None, False)
    if example.users:
        await users_services.choose(store, made.slug, account.id, on=True, settings=UsersSettings())
    return made.slug


def _with_packages(files: Files, name: str) -> Files:
    chosen = PACKAGE_LISTS.get(name)
    return {**files, REQUIREMENTS: text_of(chosen.lines)} if chosen is not None and chosen.lines else files


async def show(form: Form, import_form: Form | None = None) -> str:
    """Render the page with what was typed into its two forms."""
    choices = [Choice(kind, _TEXTS[kind]) for kind in KINDS]
    example = examples().get(form.values.get("example", ""))
    said = {"example": example, "example_lines": code_file(MAIN, example.code).lines if example else ()}
    return await page(
        "new.html", form=form, import_form=import_form or Form(), choices=choices, lists=PACKAGE_LISTS, **said
    )
