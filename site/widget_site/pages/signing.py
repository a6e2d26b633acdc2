"""Signing up, in and out, and the link that makes the first account."""

import contextlib

from quart import Blueprint, redirect, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.cookies import safe_next
from widget_site.accounts.visitor import forget, remember, require_form_token, visitor
from widget_site.errors import NotFoundError, SiteError, TooManyError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import caller_address, caller_device, see_other
from widget_site.parts import parts

blueprint = Blueprint("signing", __name__)


@blueprint.get("/sign-in")
async def sign_in_form() -> ResponseReturnValue:
    """Show the form; who is signed in already goes on."""
    target = safe_next(request.args.get("next"))
    if (await visitor()).account is not None:
        return redirect(target)
    return await page("sign_in.html", form=Form(), next_page_path=target)


@blueprint.post("/sign-in")
async def sign_in() -> ResponseReturnValue:
    """Sign in and go on to ``next``."""
    await require_form_token()
    form = await posted("username", "password", "next")
    target = safe_next(form.values["next"])
    try:
        old = (await visitor()).secret
        signed = await parts().accounts.sign_in(
            form.values["username"].strip(), form.values["password"], caller_address(), old, caller_device()
        )
    except SiteError as error:
        shown = await page("sign_in.html", form=form.refuse(error), next_page_path=target)
        return shown, form.status
    return remember(see_other(target), signed.secret)


@blueprint.get("/sign-up")
async def sign_up_form() -> ResponseReturnValue:
    """Show the form; who is signed in already goes on."""
    target = safe_next(request.args.get("next"))
    if (await visitor()).account is not None:
        return redirect(target)
    return await page("sign_up.html", form=Form(), next_page_path=target)


@blueprint.post("/sign-up")
async def sign_up() -> ResponseReturnValue:
    """Make an account, sign it in and go on to ``next``."""
    await require_form_token()
    form = await posted("username", "email", "password", "next")
    target = safe_next(form.values["next"])
    accounts = parts().accounts
    try:
        values = form.values
        account = await accounts.sign_up(
            values["username"].strip(), values["email"], values["password"], caller_address()
        )
        signed = await accounts.open_session(account, caller_address(), caller_device())
        if parts().settings.sends_mail:
            # The account is there; who shares an address with many others asks for the link on the account's page.
            with contextlib.suppress(TooManyError):
                await parts().recovery.send_verification(account, caller_address())
    except SiteError as error:
        shown = await page("sign_up.html", form=form.refuse(error), next_page_path=target)
        return shown, form.status
    return remember(see_other(target), signed.secret)


@blueprint.get("/welcome/<secret>")
async def welcome_form(secret: str) -> ResponseReturnValue:
    """Show the form of the first account; the link works once."""
    if not await parts().accounts.is_first_link(secret):
        raise NotFoundError(
            "This link was used already, or is too old. While no account exists, each start prints a new one."
        )
    return await page("sign_up.html", form=Form(), next_page_path="/", welcome=True)


@blueprint.post("/welcome/<secret>")
async def welcome(secret: str) -> ResponseReturnValue:
    """Make the first account and sign it in."""
    await require_form_token()
    form = await posted("username", "email", "password")
    try:
        values = form.values
        signed = await parts().accounts.use_first_link(
            secret, values["username"].strip(), values["email"], values["password"]
        )
    except NotFoundError:
        raise
    except SiteError as error:
        shown = await page("sign_up.html", form=form.refuse(error), next_page_path="/", welcome=True)
        return shown, form.status
    return remember(see_other("/"), signed.secret)


@blueprint.post("/sign-out")
async def sign_out() -> ResponseReturnValue:
    """End this sign-in."""
    if secret := (await visitor()).secret:
        await parts().accounts.sign_out(secret)
    return forget(see_other("/"))
