"""The bodies of the JSON API about services of providers."""

from pydantic import BaseModel, Field

from widget_site.api.models import Body, Time


class ServiceBody(Body):
    """Credentials of a service; which there are depends on it."""

    credentials: dict[str, str] = Field(
        description="By name: `client_id` and `client_secret` of google, microsoft (with `tenant`) and facebook; of "
        "google_maps its `key`; of stripe `mode` (`test` or `live`) and its keys, like `test_secret_key`. A secret "
        "that is left out stays.",
        max_length=20,
    )


class ServiceShown(BaseModel):
    """A service of a provider, without its secrets."""

    name: str
    is_set_up: bool
    credentials: dict[str, str] = Field(description="What is no secret")
    secrets: list[str] = Field(description="The names of the secrets that are kept")
    redirect_url: str | None = Field(description="The address to register with the provider")
    changed_at: Time | None


class ServicesShown(BaseModel):
    """The services of providers."""

    items: list[ServiceShown]
