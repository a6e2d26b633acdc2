"""What people see: one blueprint of pages made by Jinja, which work without scripts except the editor."""

from quart import Quart

from widget_site.pages import (
    access,
    account,
    account_closing,
    admin,
    admin_accounts,
    admin_reports,
    admin_widgets,
    data_files,
    deleted,
    docs,
    editor,
    embed,
    explore,
    frame,
    headers,
    home,
    lineage,
    mail,
    messages,
    new_widget,
    oidc,
    output_frames,
    proposals,
    recovery,
    render,
    report,
    revisions,
    run,
    runs,
    schedule,
    secrets,
    signing,
    stars,
    tables,
    transfer,
    uplinks,
    webhooks,
    widget,
    widget_settings,
)

_VIEWS = (
    home,
    explore,
    signing,
    oidc,
    recovery,
    account,
    account_closing,
    messages,
    admin,
    admin_accounts,
    admin_widgets,
    admin_reports,
    new_widget,
    widget,
    stars,
    report,
    widget_settings,
    deleted,
    embed,
    transfer,
    webhooks,
    editor,
    frame,
    run,
    output_frames,
    runs,
    schedule,
    secrets,
    tables,
    data_files,
    uplinks,
    mail,
    access,
    revisions,
    lineage,
    proposals,
    docs,
)


def register(app: Quart) -> None:
    """Add the pages, their template helpers, their headers and the page of an error to the app."""
    render.set_up(app)
    for module in _VIEWS:
        app.register_blueprint(module.blueprint)
    app.after_request(headers.secure)
    app.extensions["error_page"] = render.error_page
