"""An account's own page: address, tokens, password, sign-ins."""

import time

from quart import Blueprint, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.accounts import Accounts
from widget_site.accounts.scopes import Scope
from widget_site.accounts.visitor import remember, signed_in, visitor
from widget_site.errors import FormError, SignInError, SiteError
from widget_site.pages import words
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import caller_address, caller_device, see_other
from widget_site.parts import parts
from widget_site.store import accounts, quotas, sessions, tokens
from widget_site.store.values import WebSession

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
async def account() -> ResponseReturnValue:
    """Show the page; a link may name the token to make (``widgetry login`` does)."""
    return await _page(token_form=Form({"name": request.args.get("token_name", "")[:100]}))


@blueprint.post("/account/tokens")
async def make_token() -> ResponseReturnValue:
    """Make a token and show its secret, this once."""
    # Not with a token: one that expires must not make one that does not.
    owner = (await _session()).account
    form = await posted("name", "scope", "expires_in_days", defaults={"scope": Scope.WRITE.value})
    try:
        _, secret = await parts().accounts.make_token(
            owner, form.values["name"], scope=form.values["scope"], expires_in_days=_days(form.values)
        )
    except SiteError as error:
        return await _page(token_form=form.refuse(error)), form.status
    return await _page(new_token=secret)


@blueprint.post("/account/tokens/<token_id>/revoke")
async def revoke_token(token_id: str) -> ResponseReturnValue:
    """Revoke a token."""
    await tokens.revoke(parts().store, (await signed_in()).id, token_id)
    return see_other("/account?done=token-revoked")


@blueprint.post("/account/password")
async def change_password() -> ResponseReturnValue:
    """Replace the password; every other sign-in ends."""
    session = await _session()
    form = await posted("current", "password")
    try:
        signed = await parts().accounts.change_password(
            session, form.values["current"], form.values["password"], caller_address(), caller_device()
        )
    except SiteError as error:
        return await _page(password_form=form.refuse(error)), form.status
    return remember(see_other("/account?done=password-changed"), signed.secret)


@blueprint.post("/account/sign-out-others")
async def sign_out_others() -> ResponseReturnValue:
    """End every other sign-in of the account."""
    await parts().accounts.sign_out_elsewhere(await _session())
    return see_other("/account?done=signed-out-elsewhere")


@blueprint.post("/account/sessions/<session_id>/end")
async def end_session(session_id: str) -> ResponseReturnValue:
    """End one sign-in of the account."""
    session = await _session()
    await sessions.end_one(parts().store, session.account.id, session_id)
    return see_other("/account?done=session-ended")


@blueprint.post("/account/verify")
async def verify_address() -> ResponseReturnValue:
    """Mail a link that proves the address."""
    session = await _session()
    if parts().settings.sends_mail and session.account.email_verified_at is None:
        await parts().recovery.send_verification(session.account, caller_address())
    return see_other("/account?done=link-sent")


@blueprint.post("/account/email")
async def change_email() -> ResponseReturnValue:
    """Change the address, once it is proven where the site sends mail."""
    session = await _session()
    form = await posted("email", "email_password")
    try:
        is_changed = await parts().recovery.change_email(
            session, form.values["email"], form.values["email_password"], caller_address()
        )
    except SiteError as error:
        return await _page(email_form=form.refuse(error)), form.status
    return see_other("/account?done=address-changed" if is_changed else "/account?done=link-sent")


def _days(values: dict[str, str]) -> int | None:
    text = values["expires_in_days"]
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise FormError("expires_in_days", "Choose when it expires.")
    return int(text) if text else None


async def _session() -> WebSession:
    session = (await visitor()).session
    if session is None:
        raise SignInError("Sign in with your password in this browser first.")
    return session


async def _page(
    token_form: Form | None = None,
    password_form: Form | None = None,
    email_form: Form | None = None,
    new_token: str = "",
) -> str:
    owner = await signed_in()
    session = (await visitor()).session
    return await page(
        "account.html",
        tokens=await tokens.listed(parts().store, owner.id),
        quotas=await quotas.of_account(parts().store, owner.id),
        token_form=token_form or Form(),
        password_form=password_form or Form(),
        email_form=email_form or Form(),
        sends_mail=parts().settings.sends_mail,
        has_password=await accounts.has_password(parts().store, owner.id),
        is_fresh=session is not None and Accounts.is_fresh(session),
        provider=parts().settings.oidc_name,
        sessions=await parts().accounts.sessions(owner),
        this_session=session.id if session else "",
        new_token=new_token,
        scopes=words.SCOPES,
        token_lasts=words.TOKEN_LASTS,
        now=time.time(),
    )
