"""The secrets of a widget (D-25): written, listed by name, deleted; never read."""

from quart import Blueprint

from widget_site.accounts.visitor import visitor
from widget_site.api import secret_models
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.store import secrets

blueprint = Blueprint("secrets", __name__)


@blueprint.get("/widgets/<slug>/secrets")
@operation(200, secret_models.Secrets, errors=(404,))
async def list_secrets(slug: str) -> secret_models.Secrets:
    """List the names of a widget's secrets; their values are never shown."""
    found = await secrets.listed(parts().store, slug, (await visitor()).id)
    return secret_models.Secrets(
        items=[secret_models.SecretShown(name=one.name, changed_at=one.changed_at) for one in found]
    )


@blueprint.put("/widgets/<slug>/secrets/<name>")
@operation(204, body=secret_models.SecretValue, errors=(404, 409))
async def put_secret(slug: str, name: str, body: secret_models.SecretValue) -> None:
    """Set a secret; runs that start from now on get it from ``anvil.secrets.get_secret(name)``."""
    site = parts()
    await secrets.put(site.store, slug, (await visitor()).id, name, body.value, site.secret_box.encrypt)


@blueprint.post("/widgets/<slug>/secrets/<name>/key")
@operation(204, errors=(400, 404, 409))
async def make_key(slug: str, name: str) -> None:
    """Make an encryption key: a secret of random bytes that nobody sees, for ``anvil.secrets.encrypt_with_key(name)``.

    409 when there is a secret of this name: what was encrypted with it could not be read any more.
    """
    site = parts()
    await secrets.make_key(site.store, slug, (await visitor()).id, name, site.secret_box.encrypt)


@blueprint.delete("/widgets/<slug>/secrets/<name>")
@operation(204, errors=(404,))
async def delete_secret(slug: str, name: str) -> None:
    """Delete a secret."""
    await secrets.remove(parts().store, slug, (await visitor()).id, name)
