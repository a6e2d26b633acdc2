"""The JSON API as one blueprint with its limits and its OpenAPI description at ``/api/v1/openapi.json``."""

from collections.abc import Iterable
from typing import Any

from quart import Blueprint, Quart, request
from quart_schema import OpenAPIProvider, QuartSchema
from werkzeug.routing import Rule

from widget_site.accounts.rates import Rate, caller
from widget_site.accounts.visitor import visitor
from widget_site.api import (
    access_views,
    account_views,
    client_code_views,
    data_file_views,
    deleted_views,
    file_views,
    form_views,
    gallery_views,
    lineage_views,
    made_form_views,
    mail_views,
    message_views,
    package_views,
    proposal_views,
    quota_views,
    report_views,
    revision_views,
    run_log_views,
    run_views,
    schedule_views,
    secret_views,
    service_views,
    table_csv_views,
    table_media_views,
    table_row_views,
    table_sharing_views,
    table_views,
    task_views,
    text_views,
    transfer_views,
    trial_views,
    uplink_views,
    user_views,
    webhook_views,
    widget_views,
)
from widget_site.api.description import Nothing, complete, may_be_empty
from widget_site.parts import parts

PREFIX = "/api/v1"
_VIEWS = (
    account_views,
    quota_views,
    message_views,
    widget_views,
    gallery_views,
    report_views,
    deleted_views,
    transfer_views,
    revision_views,
    lineage_views,
    proposal_views,
    package_views,
    form_views,
    made_form_views,
    client_code_views,
    run_views,
    run_log_views,
    file_views,
    schedule_views,
    task_views,
    secret_views,
    service_views,
    mail_views,
    table_views,
    data_file_views,
    table_row_views,
    table_media_views,
    table_csv_views,
    table_sharing_views,
    access_views,
    text_views,
    trial_views,
    uplink_views,
    user_views,
    webhook_views,
)
_TOKENS = (
    "A token has a scope: read, run (also starts and stops runs) or write (everything). Each operation names the least "
    "that it needs; with less it answers 403."
)
_WHAT = f"Make, change, fork, run and call widgets. Errors are {{error: {{code, message}}}}. {_TOKENS}"


def make_api(app: Quart) -> None:
    """Give the app the API and its description."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    api.before_request(_limit)
    for views in _VIEWS:
        api.register_blueprint(views.blueprint)
    app.register_blueprint(api)
    QuartSchema(
        app,
        openapi_path=f"{PREFIX}/openapi.json",
        redoc_ui_path=None,
        scalar_ui_path=None,
        swagger_ui_path=None,
        info={
            "title": "Widgetry",
            "version": "1",
            "description": _WHAT,
        },
        security_schemes={"bearer": {"type": "http", "scheme": "bearer"}},
        security=[{"bearer": []}],
        conversion_preference="pydantic",
        openapi_provider_class=_ApiOnly,
    )


async def _limit() -> None:
    site = parts()
    rate = Rate("api", site.settings.rate_api_per_minute, 60.0)
    await site.limiter.take(rate, (await visitor()).id or caller(request.remote_addr or ""))


class _ApiOnly(OpenAPIProvider):
    """Describes the API and none of the pages."""

    def generate_rules(self) -> Iterable[Rule]:
        return [rule for rule in super().generate_rules() if rule.endpoint.startswith("api.")]

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        paths, components = super().build_paths(rule)
        view = self._app.view_functions[rule.endpoint]
        for path, methods in paths.items():
            for method, described in methods.items():
                complete(view, method.upper(), described, names_widget="/widgets/{slug}" in path)
        return paths, components

    def build_request_body(self, model: Any, source: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        body, definitions = super().build_request_body(model, source)
        return {**body, "required": not may_be_empty(model)}, definitions

    def build_response_object(self, model: Any, headers_model: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        answer, definitions = super().build_response_object(model, headers_model)
        return ({"description": "Done."}, {}) if model is Nothing else (answer, definitions)

    def operation_id(self, method: str, path: str, func: Any) -> str | None:
        return str(func.__name__)
