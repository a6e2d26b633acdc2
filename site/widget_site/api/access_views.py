"""Who may call an API and how often: rules and keys (X-24)."""

from quart import Blueprint

from widget_site.accounts.visitor import visitor
from widget_site.api import access_models
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.public.door import new_key
from widget_site.store import api_access

blueprint = Blueprint("access", __name__)


@blueprint.get("/widgets/<slug>/access")
@operation(200, access_models.Access, errors=(404,))
async def get_access(slug: str) -> access_models.Access:
    """Read who may call an API, and the names of its keys."""
    rules, keys = await api_access.of_widget(parts().store, slug, (await visitor()).id)
    shown = [access_models.ApiKeyShown(id=key.id, name=key.name, created_at=key.created_at) for key in keys]
    return access_models.Access(keys_needed=rules.keys_needed, per_minute=rules.per_minute, keys=shown)


@blueprint.put("/widgets/<slug>/access")
@operation(204, body=access_models.AccessRules, errors=(404,))
async def put_access(slug: str, body: access_models.AccessRules) -> None:
    """Set who may call an API and how often; the next call is held to it."""
    viewer = (await visitor()).id
    await api_access.change(parts().store, slug, viewer, keys_needed=body.keys_needed, per_minute=body.per_minute)


@blueprint.post("/widgets/<slug>/keys")
@operation(201, access_models.ApiKeyMade, body=access_models.NewApiKey, errors=(404, 409))
async def create_key(slug: str, body: access_models.NewApiKey) -> access_models.ApiKeyMade:
    """Make a key for callers of an API; it is shown this once."""
    key, key_hash = new_key()
    made = await api_access.add_key(parts().store, slug, (await visitor()).id, body.name, key_hash)
    return access_models.ApiKeyMade(id=made.id, name=made.name, created_at=made.created_at, key=key)


@blueprint.delete("/widgets/<slug>/keys/<key_id>")
@operation(204, errors=(404,))
async def revoke_key(slug: str, key_id: str) -> None:
    """Revoke a key; it works no more from the next call on."""
    await api_access.revoke_key(parts().store, slug, (await visitor()).id, key_id)
