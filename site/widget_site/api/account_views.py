"""Accounts, tokens and who is asking."""

import dataclasses

from quart import Blueprint, request

from widget_site.accounts.visitor import signed_in, visitor
from widget_site.api import account_models
from widget_site.api.operation import operation
from widget_site.errors import FormError, SignInError
from widget_site.parts import parts
from widget_site.store import tokens
from widget_site.store.values import Token

blueprint = Blueprint("accounts", __name__)


@blueprint.post("/accounts")
@operation(201, account_models.AccountName, body=account_models.NewAccount, errors=(409,), anybody=True)
async def create_account(body: account_models.NewAccount) -> account_models.AccountName:
    """Sign up, where new accounts are taken."""
    address = request.remote_addr or ""
    account = await parts().accounts.sign_up(body.username, body.email, body.password, address)
    return account_models.AccountName(username=account.username)


@blueprint.get("/me")
@operation(200, account_models.Me)
async def me() -> account_models.Me:
    """Who is asking."""
    account, token = await signed_in(), (await visitor()).token
    return account_models.Me(
        username=account.username,
        email=account.email,
        is_admin=account.is_admin,
        created_at=account.created_at,
        token=None if token is None else _shown(token),
    )


@blueprint.post("/tokens")
@operation(201, account_models.TokenMade, body=account_models.NewToken, errors=(409,), anybody=True)
async def create_token(body: account_models.NewToken) -> account_models.TokenMade:
    """Make a bearer token; it is shown this once."""
    site = parts()
    if body.username is not None and body.password is not None:
        account = await site.accounts.check(body.username, body.password, request.remote_addr or "")
    elif (who := await visitor()).session is not None:
        account = who.session.account
    elif body.username is None and body.password is None:
        raise SignInError("Send your user name and password to get a token.")
    else:
        raise FormError("password", "Send both: your user name and your password.")
    token, secret = await site.accounts.make_token(
        account, body.name, scope=body.scope, expires_in_days=body.expires_in_days
    )
    return account_models.TokenMade(
        id=token.id, name=token.name, scope=body.scope, expires_at=token.expires_at, token=secret
    )


@blueprint.get("/tokens")
@operation(200, account_models.Tokens)
async def list_tokens() -> account_models.Tokens:
    """List the account's tokens, without their secrets."""
    found = await tokens.listed(parts().store, (await signed_in()).id)
    return account_models.Tokens(items=[_shown(token) for token in found])


@blueprint.delete("/tokens/<token_id>")
@operation(204, errors=(404,))
async def revoke_token(token_id: str) -> None:
    """Revoke a token; it works no more from the next request on."""
    await tokens.revoke(parts().store, (await signed_in()).id, token_id)


def _shown(token: Token) -> account_models.TokenShown:
    return account_models.TokenShown.model_validate(dataclasses.asdict(token))
