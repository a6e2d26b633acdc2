"""Checks of a GUI's code while it is written."""

from dataclasses import asdict

from quart import Blueprint

from widget_model.client_code.checking import Checked, check
from widget_site import study
from widget_site.accounts.rates import Rate
from widget_site.accounts.scopes import Scope
from widget_site.accounts.visitor import visitor
from widget_site.api import client_code_models
from widget_site.api.operation import operation
from widget_site.client_python import client_python
from widget_site.parts import parts
from widget_site.store import widgets

blueprint = Blueprint("client_code", __name__)

_CHECKS = Rate("client code", 240, 60.0)


@blueprint.post("/widgets/<slug>/client-code/check")
@operation(
    200,
    client_code_models.CodeChecked,
    body=client_code_models.ClientCode,
    errors=(404,),
    scope=Scope.READ,
)
async def check_client_code(slug: str, body: client_code_models.ClientCode) -> client_code_models.CodeChecked:
    """Check one file of a GUI among the others: imports that can't work on its engine, forms' templates, server calls.

    Nothing is saved and nothing is run.
    """
    site, viewer = parts(), (await visitor()).id
    widget = await widgets.owned(site.store, slug, viewer, "check its code")
    await site.limiter.take(_CHECKS, widget.owner_id)
    found = await study.read(check, body.files, body.path, widget.client_engine, client_python())
    return _shown(found)


def _shown(found: Checked) -> client_code_models.CodeChecked:
    return client_code_models.CodeChecked.model_validate(
        {
            "marks": [asdict(one) for one in found.marks],
            "functions": [asdict(one) for one in found.functions],
            "types": found.types,
            "broken": found.broken,
        }
    )
