"""The form of a script: what its code says that it takes."""

import functools

from quart import Blueprint

from widget_model.files import MAIN
from widget_model.forms import form_of
from widget_model.forms.fields import Form
from widget_model.kinds import RUN
from widget_site import study
from widget_site.accounts.visitor import visitor
from widget_site.api import form_models
from widget_site.api.operation import operation
from widget_site.parts import parts
from widget_site.store import permission, trees, widgets
from widget_site.store.values import Widget

blueprint = Blueprint("forms", __name__)

_NONE = Form("signature", ())
#: Reading a source takes milliseconds; those that were read last are kept.
_read = functools.lru_cache(maxsize=64)(form_of)


@blueprint.get("/widgets/<slug>/form")
@operation(200, form_models.FormShown, errors=(404,), anybody=True)
async def get_form(slug: str) -> form_models.FormShown:
    """Read what a script takes when it is run: from its argparse parser, or from the parameters of its main function.

    The code is read and not run.
    """
    viewer = (await visitor()).id
    widget = await widgets.by_slug(parts().store, slug, viewer)
    permission.require_code(widget, viewer)
    form = await form_of_widget(widget)
    shown = form or _NONE
    names = form_models.FormField.model_fields
    return form_models.FormShown(
        kind=form.kind if form else "none",
        revision=widget.revision,
        description=shown.description,
        fields=[form_models.FormField(**{name: getattr(field, name) for name in names}) for field in shown.fields],
        complete=shown.complete,
    )


async def form_of_widget(widget: Widget) -> Form | None:
    """Return the form of a widget's newest revision; None when it has none."""
    if widget.kind not in RUN:
        return None
    source = (await trees.files_of(parts().store, widget.code)).get(MAIN)
    return await study.read(_read, source) if isinstance(source, str) else None
