"""Quotas: what the account that asks has used, and what an admin gives."""

from quart import Blueprint

from widget_site.accounts.visitor import administrator, signed_in, visitor
from widget_site.api import quota_models
from widget_site.api.operation import operation
from widget_site.errors import ForbiddenError
from widget_site.parts import parts
from widget_site.store import accounts, quotas
from widget_site.store.quotas import GivenQuotas
from widget_site.store.values import Account

blueprint = Blueprint("quotas", __name__)


@blueprint.get("/me/quotas")
@operation(200, quota_models.QuotasShown)
async def my_quotas() -> quota_models.QuotasShown:
    """Read what the account that asks may use and has used."""
    return await _shown((await signed_in()).id)


@blueprint.get("/accounts/<username>/quotas")
@operation(200, quota_models.QuotasShown, errors=(404,))
async def get_quotas(username: str) -> quota_models.QuotasShown:
    """Read what an account may use and has used; for admins who are signed in, not for tokens."""
    return await _shown((await _named(username)).id)


@blueprint.put("/accounts/<username>/quotas")
@operation(200, quota_models.QuotasShown, body=quota_models.QuotasBody, errors=(404,))
async def give_quotas(username: str, body: quota_models.QuotasBody) -> quota_models.QuotasShown:
    """Give an account quotas of its own, all at once; for admins who are signed in, not for tokens.

    They hold everywhere within half a minute.
    """
    account = await _named(username)
    await quotas.give(parts().store, account.id, GivenQuotas(**body.model_dump()))
    return await _shown(account.id)


async def _named(username: str) -> Account:
    """Return an account for the administrator who is signed in; a token, which programs hold, does not do."""
    if (await visitor()).token is not None:
        raise ForbiddenError("Only an admin who is signed in may see and give quotas of others; a token may not.")
    await administrator()
    return await accounts.by_username(parts().store, username)


async def _shown(account_id: str) -> quota_models.QuotasShown:
    found = await quotas.of_account(parts().store, account_id)
    items = [
        quota_models.QuotaShown(name=one.name, used=round(one.used, 3), most=one.most, resets_at=one.resets_at)
        for one in found
    ]
    return quota_models.QuotasShown(items=items)
