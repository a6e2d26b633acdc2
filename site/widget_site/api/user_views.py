"""The users of a widget and how its Users service works, for its owner (U-02, U-23, U-24)."""

from dataclasses import asdict, replace
from datetime import datetime

from quart import Blueprint

from widget_model.users_settings import MAILS, MailText, UsersSettings
from widget_site.accounts.visitor import visitor
from widget_site.api import models, user_models
from widget_site.api.operation import operation
from widget_site.errors import BadRequestError
from widget_site.parts import parts
from widget_site.store import users_services
from widget_site.store.data.users_table import User

blueprint = Blueprint("users", __name__)


@blueprint.get("/widgets/<slug>/users-service")
@operation(200, user_models.UsersSettingsShown, errors=(404,))
async def users_service(slug: str) -> user_models.UsersSettingsShown:
    """Show whether a widget has the Users service, and how it works."""
    return _shown(*await users_services.of_widget(parts().store, slug, (await visitor()).id))


@blueprint.patch("/widgets/<slug>/users-service")
@operation(200, user_models.UsersSettingsShown, body=user_models.UsersSettingsBody, errors=(404,))
async def patch_users_service(slug: str, body: user_models.UsersSettingsBody) -> user_models.UsersSettingsShown:
    """Switch the Users service on or off, and set how it works; users and their table stay as they are."""
    viewer, store = (await visitor()).id, parts().store
    was_on, settings = await users_services.of_widget(store, slug, viewer)
    given = body.model_dump(exclude_none=True)
    on = given.pop("on", was_on)
    if "mails" in given:
        given["mails"] = _mails(given["mails"])
    await users_services.choose(store, slug, viewer, on=on, settings=replace(settings, **given))
    return _shown(*await users_services.of_widget(store, slug, viewer))


@blueprint.get("/widgets/<slug>/users")
@operation(200, user_models.UsersShown, query=models.ListQuery, errors=(404, 409))
async def list_users(slug: str, query: models.ListQuery) -> user_models.UsersShown:
    """List the users of a widget, in the order of their rows."""
    store, viewer = parts().store, (await visitor()).id
    after = query.page or "0"
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise BadRequestError("page is what `next` of the page before said.")
    _, settings = await users_services.of_widget(store, slug, viewer)
    found, following = await users_services.users(store, slug, viewer, after=int(after), limit=query.limit)
    return user_models.UsersShown(
        items=[_user(one, settings) for one in found], next=str(following) if following else None
    )


@blueprint.patch("/widgets/<string:slug>/users/<int:row_id>")
@operation(200, user_models.UserShown, body=user_models.UserPatch, errors=(404, 409))
async def patch_user(slug: str, row_id: int, body: user_models.UserPatch) -> user_models.UserShown:
    """Let a user log in, or not any more: then every login of theirs ends."""
    store, viewer = parts().store, (await visitor()).id
    _, settings = await users_services.of_widget(store, slug, viewer)
    return _user(await users_services.set_enabled(store, slug, viewer, row_id, body.enabled), settings)


def _mails(given: dict[str, dict[str, str]]) -> dict[str, MailText]:
    unknown = [name for name in given if name not in MAILS]
    if unknown:
        raise BadRequestError(f"There is no mail {unknown[0][:50]!r}; there are {', '.join(MAILS)}.")
    return {name: MailText(**mail) for name, mail in given.items()}


def _shown(on: bool, settings: UsersSettings) -> user_models.UsersSettingsShown:
    mails = {name: asdict(settings.mail(name)) for name in MAILS}
    return user_models.UsersSettingsShown(**{**settings.content, "mails": mails}, on=on)


def _user(user: User, settings: UsersSettings) -> user_models.UserShown:
    return user_models.UserShown(
        id=user.row_id,
        email=user.email,
        enabled=user.enabled,
        confirmed_email=user.confirmed_email,
        locked=user.failures >= settings.max_password_failures,
        has_second_factor=bool(user.mfa),
        signed_up=_time(user.signed_up),
        last_login=_time(user.last_login),
    )


def _time(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
