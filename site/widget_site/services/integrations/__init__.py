"""Google, Microsoft, Facebook and Stripe of user code: nothing is set up for them here, and their calls say so."""

from collections.abc import Mapping

from widget_site.services.registry import PREFIX, Service, refusal
from widget_wire.runs import ServiceAnswer, ServiceCall

#: What each is called in an error, and the functions that its modules call.
_INTEGRATIONS = {
    "google": (
        "Google",
        "get_config auth.get_user_email auth.get_user_access_token auth.get_user_refresh_token "
        "auth.refresh_access_token drive.get_app_file drive.get_user_files drive.list_files drive.list_file_revisions "
        "drive.get_file_by_id drive.create_item_simple drive.create_item_multipart drive.update_metadata "
        "drive.get_content drive.set_content drive.trash drive.delete sheets.v4.get_sheet sheets.v4.list_initial_rows "
        "sheets.v4.list_more_rows sheets.v4.list_cells sheets.v4.add_row sheets.v4.update_cell sheets.v4.delete_row "
        "mail.send",
    ),
    "microsoft": (
        "Microsoft",
        "auth.get_user_email auth.get_user_id auth.get_user_access_token auth.get_user_refresh_token "
        "auth.refresh_access_token",
    ),
    "facebook": ("Facebook", "auth.get_user_email auth.get_user_id auth.get_user_access_token"),
    "stripe": ("Stripe", "new_customer get_customer charge subscribe"),
}


def missing_integrations() -> Mapping[str, Service]:
    """Return the services by command; each raises ``anvil.server.ServiceNotAdded``."""
    return {
        f"{PREFIX}{name}.{function}": _not_added(shown)
        for name, (shown, functions) in _INTEGRATIONS.items()
        for function in functions.split()
    }


def _not_added(shown: str) -> Service:
    text = f"The {shown} service has not been added to this widget, and this site does not offer it yet."

    async def service(call: ServiceCall) -> ServiceAnswer:
        return refusal(call, "anvil.server.ServiceNotAdded", text)

    return service
