"""Links that came by mail: an address is confirmed, a password is set. Opening one changes nothing; its button does."""

from quart import Blueprint
from quart.typing import ResponseReturnValue

from widget_site.accounts.visitor import forget, require_form_token, visitor
from widget_site.errors import NotFoundError, SiteError, TooManyError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import caller_address, see_other
from widget_site.parts import parts

blueprint = Blueprint("recovery", __name__)


@blueprint.get("/forgot")
async def forgot_form() -> str:
    """Ask for a name or an address."""
    return await page("forgot.html", form=Form(), sends_mail=parts().settings.sends_mail, asked=False)


@blueprint.post("/forgot")
async def forgot() -> ResponseReturnValue:
    """Have a link sent; the answer is the same whether there is such an account or not."""
    await require_form_token()
    form = await posted("name")
    sends_mail = parts().settings.sends_mail
    try:
        if not form.values["name"].strip():
            form.problems["name"], form.status = "Type your user name or your e-mail address.", 400
        else:
            await parts().recovery.ask_for_reset(form.values["name"][:300], caller_address())
    except TooManyError as error:
        form.refuse(error)
    asked = form.status == 200
    return await page("forgot.html", form=form, sends_mail=sends_mail, asked=asked), form.status


@blueprint.get("/reset/<secret>")
async def reset_form(secret: str) -> str:
    """Show the form of a new password; NotFoundError for a link that works no more."""
    await _require_link(secret)
    return await page("reset.html", form=Form())


@blueprint.post("/reset/<secret>")
async def reset(secret: str) -> ResponseReturnValue:
    """Set the password; every sign-in of the account ends, this browser's too."""
    await require_form_token()
    form = await posted("password")
    try:
        await parts().recovery.reset(secret, form.values["password"])
    except NotFoundError:
        raise
    except SiteError as error:
        return await page("reset.html", form=form.refuse(error)), form.status
    answer = see_other("/sign-in?done=password-set")
    return forget(answer) if (await visitor()).session is not None else answer


@blueprint.get("/confirm/<secret>")
async def confirm_form(secret: str) -> str:
    """Show which address a link confirms."""
    return await page("confirm.html", email=await parts().recovery.address_of_link(secret))


@blueprint.post("/confirm/<secret>")
async def confirm(secret: str) -> ResponseReturnValue:
    """Confirm the address; who is signed in goes to their account."""
    await require_form_token()
    await parts().recovery.prove_address(secret)
    signed_in = (await visitor()).account is not None
    return see_other("/account?done=address-confirmed" if signed_in else "/sign-in?done=address-confirmed")


async def _require_link(secret: str) -> None:
    if not await parts().recovery.is_reset_link(secret):
        raise NotFoundError("This link was used already, or is older than an hour. Ask for a new one.")
