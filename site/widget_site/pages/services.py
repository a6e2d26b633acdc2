"""The services of a widget, for its owner: which there are, and the credentials of those of others (G-89)."""

from quart import Blueprint
from quart.typing import ResponseReturnValue

from widget_model.providers import PROVIDERS, Provider
from widget_site.accounts.visitor import signed_in
from widget_site.errors import NotFoundError, SiteError
from widget_site.pages.forms import Form, posted
from widget_site.pages.render import page
from widget_site.pages.replies import see_other
from widget_site.parts import parts
from widget_site.services import addresses
from widget_site.store import secrets, service_credentials, users_services, widgets
from widget_site.store.service_credentials import Shown
from widget_site.store.values import Widget

blueprint = Blueprint("services", __name__)


@blueprint.get("/w/<slug>/services")
async def services_page(slug: str) -> str:
    """Show all services and their states."""
    widget = await _owned(slug)
    store = parts().store
    kept = await service_credentials.listed(store, slug, widget.owner_id)
    users_on, _ = await users_services.of_widget(store, slug, widget.owner_id)
    count = len(await secrets.listed(store, slug, widget.owner_id))
    ours = (
        ("tables", "Data Tables", "anvil.tables", "ready"),
        ("users", "Users", "anvil.users", "on" if users_on else "off"),
        ("mail", "E-mail", "anvil.email", "ready"),
        ("files", "Files", "anvil.files", "ready"),
        ("secrets", "Secrets", "anvil.secrets", f"{count} set" if count else "none set"),
        ("uplinks", "Uplinks", "anvil.server.connect", "ready"),
    )
    return await page("services.html", widget=widget, ours=ours, providers=PROVIDERS.values(), kept=kept)


@blueprint.get("/w/<slug>/services/<name>")
async def service_page(slug: str, name: str) -> str:
    """Show one service of a provider."""
    widget, provider = await _owned(slug), _provider(name)
    shown = (await service_credentials.listed(parts().store, slug, widget.owner_id)).get(name)
    return await _page(widget, provider, shown, _form(provider, shown))


@blueprint.post("/w/<slug>/services/<name>")
async def put_service(slug: str, name: str) -> ResponseReturnValue:
    """Keep credentials, new or changed."""
    widget, provider, site = await _owned(slug), _provider(name), parts()
    form = await posted(*(one.name for one in provider.fields))
    try:
        await service_credentials.put(site.store, site.secret_box, slug, widget.owner_id, name, form.values)
    except SiteError as error:
        shown = (await service_credentials.listed(site.store, slug, widget.owner_id)).get(name)
        return await _page(widget, provider, shown, form.refuse(error)), form.status
    return see_other(f"/w/{slug}/services/{name}?done=service-kept")


@blueprint.post("/w/<slug>/services/<name>/remove")
async def remove_service(slug: str, name: str) -> ResponseReturnValue:
    """Forget a service's credentials."""
    widget = await _owned(slug)
    await service_credentials.remove(parts().store, slug, widget.owner_id, name)
    return see_other(f"/w/{slug}/services?done=service-removed")


async def _owned(slug: str) -> Widget:
    account = await signed_in()
    return await widgets.owned(parts().store, slug, account.id, service_credentials.WHAT)


def _provider(name: str) -> Provider:
    if name not in PROVIDERS:
        raise NotFoundError
    return PROVIDERS[name]


def _form(provider: Provider, shown: Shown | None) -> Form:
    values = shown.values if shown else {}
    return Form({one.name: "" if one.is_secret else values.get(one.name, one.default) for one in provider.fields})


async def google_page(widget: Widget, file_form: Form) -> str:
    """Return the page of Google with a form that was refused."""
    shown = (await service_credentials.listed(parts().store, widget.slug, widget.owner_id)).get("google")
    return await _page(widget, PROVIDERS["google"], shown, _form(PROVIDERS["google"], shown), file_form)


async def _page(
    widget: Widget, provider: Provider, shown: Shown | None, form: Form, file_form: Form | None = None
) -> str:
    origin = parts().settings.widget_origin(widget.slug)
    return await page(
        "service_google.html" if provider.name == "google" else "service.html",
        widget=widget,
        provider=provider,
        kept=shown,
        form=form,
        file_form=file_form or Form({"file": "", "python_name": "", "client": "none"}),
        connect_back=parts().settings.site_url + addresses.CONNECTED,
        come_back=origin + addresses.callback(provider.name) if provider.signs_in else "",
        sign_in=origin + addresses.sign_in(provider.name) if provider.signs_in else "",
    )
