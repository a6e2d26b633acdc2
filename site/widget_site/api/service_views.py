"""Services of providers (Google, Microsoft, Facebook, Stripe): set up and removed; secrets are never read."""

from quart import Blueprint

from widget_model.providers import PROVIDERS, Provider
from widget_site.accounts.visitor import visitor
from widget_site.api import service_models
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.services import addresses
from widget_site.store import service_credentials
from widget_site.store.service_credentials import Shown

blueprint = Blueprint("services", __name__)


@blueprint.get("/widgets/<slug>/services")
@operation(200, service_models.ServicesShown, errors=(404,))
async def list_services(slug: str) -> service_models.ServicesShown:
    """List the services of providers and what they are set up with, without secrets."""
    kept = await service_credentials.listed(parts().store, slug, (await visitor()).id)
    return service_models.ServicesShown(items=[_shown(slug, one, kept.get(one.name)) for one in PROVIDERS.values()])


@blueprint.put("/widgets/<slug>/services/<service>")
@operation(200, service_models.ServiceShown, body=service_models.ServiceBody, errors=(404,))
async def put_service(slug: str, service: str, body: service_models.ServiceBody) -> service_models.ServiceShown:
    """Set up a service, or change its credentials."""
    site, viewer = parts(), (await visitor()).id
    await service_credentials.put(site.store, site.secret_box, slug, viewer, service, body.credentials)
    return _shown(slug, PROVIDERS[service], (await service_credentials.listed(site.store, slug, viewer)).get(service))


@blueprint.delete("/widgets/<slug>/services/<service>")
@operation(204, errors=(404,))
async def delete_service(slug: str, service: str) -> None:
    """Remove a service: its credentials are forgotten."""
    await service_credentials.remove(parts().store, slug, (await visitor()).id, service)


def _shown(slug: str, provider: Provider, kept: Shown | None) -> service_models.ServiceShown:
    values = kept.values if kept else {}
    return service_models.ServiceShown(
        name=provider.name,
        is_set_up=kept is not None,
        credentials={one.name: values[one.name] for one in provider.fields if values.get(one.name)},
        secrets=sorted(kept.secrets & provider.secrets) if kept else [],
        redirect_url=parts().settings.widget_origin(slug) + addresses.callback(provider.name)
        if provider.signs_in
        else None,
        changed_at=kept.changed_at if kept else None,
    )
