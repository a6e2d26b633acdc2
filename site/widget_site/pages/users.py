"""The Users service of a widget, for its owner: on or off, how it works, and who its users are (U-02, U-23, U-24)."""

from dataclasses import fields, replace

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_model.users_settings import MAILS, MailText, UsersSettings
from widget_site.accounts.visitor import signed_in
from widget_site.errors import FormError, SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.store import users_services, widgets
from widget_site.store.data.users_table import User
from widget_site.store.values import Widget

blueprint = Blueprint("users", __name__)

#: What each switch says, in the order of the page.
SWITCHES = {
    "use_email": "People log in with their e-mail address and a password",
    "use_token": "… or by a link that is mailed to them",
    "use_google": "… or with Google, which is set up on the Services tab",
    "use_microsoft": "… or with Microsoft",
    "use_facebook": "… or with Facebook",
    "allow_signup": "Anybody may sign up from client code",
    "enable_automatically": "New accounts are enabled at once",
    "confirm_email": "Addresses must be confirmed by a mailed link first",
    "require_secure_passwords": "Passwords have at least 8 characters and are not easily guessed",
    "allow_remember_me": "Browsers may remember who logged in",
    "require_mfa": "Everybody needs a second factor, a code of an authenticator app",
    "allow_mfa_email_reset": "Who lost the second factor may remove it by a mailed link",
}
MAIL_TITLES = {
    "confirm_address": "Confirm an address",
    "reset_password": "Set a new password",
    "token_login": "Log in by link",
    "mfa_reset": "Remove the second factor",
}
_NUMBERS = ("remember_me_days", "max_password_failures")
_TEXTS = ("from_address", "from_name")
_MAIL_FIELDS = tuple(f"{name}_{part}" for name in MAILS for part in ("subject", "text"))


@blueprint.get("/w/<slug>/users")
async def users_page(slug: str) -> str:
    """Show who the users are."""
    widget = await _owned(slug)
    store, after = parts().store, request.args.get("after", "")
    on, _ = await users_services.of_widget(store, slug, widget.owner_id)
    found: list[User] = []
    following, problem = 0, ""
    try:
        cursor = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
        found, following = await users_services.users(store, slug, widget.owner_id, after=cursor)
    except SiteError as error:
        problem = str(error)
    return await page("users.html", widget=widget, on=on, users=found, next_page=str(following or ""), problem=problem)


@blueprint.post("/w/<slug>/users/switch")
async def switch(slug: str) -> ResponseReturnValue:
    """Switch the service on or off; settings and users stay as they are."""
    widget = await _owned(slug)
    form = await posted("on")
    on, store = form.values["on"] == "yes", parts().store
    _, settings = await users_services.of_widget(store, slug, widget.owner_id)
    try:
        await users_services.choose(store, slug, widget.owner_id, on=on, settings=settings)
    except SiteError as error:
        return await _settings_page(widget, _form_of(settings).refuse(error)), error.status
    return see_other(f"/w/{slug}/users?done={'users-on' if on else 'users-off'}")


@blueprint.post("/w/<slug>/users/<int:row_id>/enabled")
async def set_enabled(slug: str, row_id: int) -> ResponseReturnValue:
    """Let a user in, or not any more."""
    widget = await _owned(slug)
    on = (await posted("on")).values["on"] == "yes"
    await users_services.set_enabled(parts().store, slug, widget.owner_id, row_id, on)
    return see_other(f"/w/{slug}/users?done={'user-enabled' if on else 'user-disabled'}")


@blueprint.get("/w/<slug>/users/settings")
async def settings_page(slug: str) -> str:
    """Show how the service works."""
    widget = await _owned(slug)
    _, settings = await users_services.of_widget(parts().store, slug, widget.owner_id)
    return await _settings_page(widget, _form_of(settings))


@blueprint.post("/w/<slug>/users/settings")
async def save_settings(slug: str) -> ResponseReturnValue:
    """Change how the service works."""
    widget, store = await _owned(slug), parts().store
    form = await posted(*SWITCHES, *_NUMBERS, *_TEXTS, *_MAIL_FIELDS)
    on, before = await users_services.of_widget(store, slug, widget.owner_id)
    try:
        await users_services.choose(store, slug, widget.owner_id, on=on, settings=_settings_of(form, before))
    except SiteError as error:
        return await _settings_page(widget, form.refuse(error)), form.status
    return see_other(f"/w/{slug}/users/settings?done=saved")


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    return await widgets.owned(parts().store, slug, account.id, users_services.WHAT)


def _form_of(settings: UsersSettings) -> Form:
    values = {one.name: getattr(settings, one.name) for one in fields(settings)}
    made = {name: "yes" if values[name] else "" for name in SWITCHES}
    made |= {name: str(values[name]) for name in (*_NUMBERS, *_TEXTS)}
    for name in MAILS:
        mail = settings.mail(name)
        made |= {f"{name}_subject": mail.subject, f"{name}_text": mail.text}
    return Form(made)


def _settings_of(form: Form, before: UsersSettings) -> UsersSettings:
    given: dict[str, object] = {name: form.values[name] == "yes" for name in SWITCHES}
    for name in _NUMBERS:
        text = form.values[name].strip()
        if not (text.isascii() and text.isdigit() and len(text) < 8):
            raise FormError(name, "A whole number goes here.")
        given[name] = int(text)
    given |= {name: form.values[name].strip() for name in _TEXTS}
    mails = {
        # A form sends line ends as CRLF.
        name: MailText(form.values[f"{name}_subject"].strip(), form.values[f"{name}_text"].replace("\r\n", "\n"))
        for name in MAILS
    }
    return replace(before, **given, mails=mails)  # type: ignore[arg-type]  # each is what its field is


async def _settings_page(widget: Widget, form: Form) -> str:
    return await page(
        "users_settings.html",
        widget=widget,
        form=form,
        switches=SWITCHES,
        mails=MAIL_TITLES,
        domain=f"{widget.slug}.{parts().settings.widget_domain}",
    )
