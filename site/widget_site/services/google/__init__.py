"""Google of user code (G-89): ``anvil.google.auth``, Drive, Sheets and Gmail."""

from widget_site.outgoing import Outgoing
from widget_site.services.google.api import GoogleApi
from widget_site.services.google.drive import MANAGER, Drive
from widget_site.services.google.mail import Mail
from widget_site.services.google.sheets import Sheets
from widget_site.services.google.sign_in import NAME, Google
from widget_site.services.native import SignerOf, native_service
from widget_site.services.offered import Offered
from widget_site.services.providers import CredentialsOf, SignIns, auth_services
from widget_site.services.registry import PREFIX

__all__ = ["Google", "google_services"]

_AUTH = "get_user_email get_user_access_token get_user_refresh_token refresh_access_token"


def google_services(
    api_url: str,
    outgoing: Outgoing,
    provider: Google,
    credentials_of: CredentialsOf,
    sign_ins: SignIns,
    signer_of: SignerOf,
) -> Offered:
    """Return the services by command, and files as lazy media. Mail is for server code alone."""
    api = GoogleApi(api_url, outgoing, provider, credentials_of, sign_ins)
    drive = Drive(api)
    natives = {**drive.natives(), **Sheets(api).natives()}
    services = {
        f"{PREFIX}google.{name}": native_service(native, signer_of, for_clients=True)
        for name, native in natives.items()
    }
    for name, native in Mail(api).natives().items():
        services[f"{PREFIX}google.{name}"] = native_service(native, signer_of)
    auth = auth_services(NAME, _AUTH, credentials_of, sign_ins, provider.open_id_of, signer_of)
    return Offered({**services, **auth}, lazy_media={MANAGER: drive.fetch})
