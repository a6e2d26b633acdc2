"""Signing in with a provider: there, and back."""

from quart import Blueprint, redirect, request
from quart.typing import ResponseReturnValue

from widget_site.accounts.cookies import clear_cookie, safe_next, session_cookie, set_cookie
from widget_site.accounts.oidc import CALLBACK, FLOW_S
from widget_site.accounts.rates import Rate, caller
from widget_site.accounts.visitor import remember, visitor
from widget_site.errors import ForbiddenError, NotFoundError
from widget_site.pages.replies import caller_address, caller_device, see_other
from widget_site.parts import SiteParts, parts

blueprint = Blueprint("oidc", __name__)

_TRIES = Rate("oidc", 60, 600.0)


@blueprint.get("/sign-in/oidc")
async def begin() -> ResponseReturnValue:
    """Send the browser to the provider, and let it remember which sign-in it began."""
    site = parts()
    if site.oidc is None:
        raise NotFoundError
    await site.limiter.take(_TRIES, caller(caller_address()))
    flow = site.oidc.new_flow()
    response = redirect(await site.oidc.address(flow, anew="anew" in request.args))
    target = safe_next(request.args.get("next"))
    set_cookie(response, site.settings, _cookie(site), f"{flow}{target}", FLOW_S)  # type: ignore[arg-type]  # Quart's own
    return response


@blueprint.get(CALLBACK)
async def finish() -> ResponseReturnValue:
    """Sign in whoever the provider says came back, with the browser that began."""
    site = parts()
    held = request.cookies.get(_cookie(site), "")
    if site.oidc is None:
        raise NotFoundError
    flow, slash, target = held.partition("/")
    if not slash or "code" not in request.args:
        raise ForbiddenError("Signing in was not finished at the provider, or took longer than ten minutes.")
    # Each asks the provider.
    await site.limiter.take(_TRIES, caller(caller_address()))
    account = await site.oidc.finish(flow, request.args.get("state", ""), request.args["code"])
    if old := (await visitor()).secret:
        await site.accounts.sign_out(old)
    signed = await site.accounts.open_session(account, caller_address(), caller_device())
    response = remember(see_other(safe_next(f"/{target}")), signed.secret)
    clear_cookie(response, site.settings, _cookie(site))
    return response


def _cookie(site: SiteParts) -> str:
    return f"{session_cookie(site.settings)}-oidc"
