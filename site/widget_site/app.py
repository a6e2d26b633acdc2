"""The site's own host as a Quart app: built whole from the settings, with nothing at import time."""

from quart import Quart, request

from widget_site import held_bodies, metrics, pages, responses, study
from widget_site.accounts import visitor
from widget_site.accounts.rates import caller
from widget_site.api import health, uploads
from widget_site.api.blueprint import make_api
from widget_site.parts import SiteParts
from widget_site.settings import SiteSettings


def create_app(settings: SiteSettings, site: SiteParts | None = None) -> Quart:
    """Build the app; ``site`` is given by who needs the same parts beside it (``asgi.py``)."""
    site = site or SiteParts.build(settings)
    app = Quart("widget_site", static_folder="static", static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = int(settings.api_body_max_mb * 1024 * 1024)
    app.config["BODY_TIMEOUT"] = 60
    uploads.set_up(app, settings.table_upload_max_mb, settings.bodies_max_mb)
    held_bodies.set_up(app)
    app.extensions["widget_site"] = site
    responses.set_up_errors(app)
    responses.set_up_headers(app)
    app.before_request(_begin_study)
    app.before_request(visitor.guard)
    app.after_request(visitor.keep_form_cookie)
    app.before_serving(site.open)
    app.after_serving(site.close)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(metrics.blueprint)
    make_api(app)
    pages.register(app)
    return app


async def _begin_study() -> None:
    study.begin(caller(request.remote_addr or ""))
