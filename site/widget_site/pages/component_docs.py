"""The reference of components, made of what the client library says of them; each has an example that can be tried."""

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from widget_model.client_code.engines import ClientPython
from widget_site.client_python import client_python

_ROW = Markup(
    '<tr><td><code>{0}</code></td><td>{1}<div class="muted" data-help="{0}"></div></td><td><code>{2}</code></td>'
    '<td data-property="{3}"></td></tr>'
)
_HEAD = Markup(
    '<div class="scroll-x" tabindex="0" role="group" aria-label="Properties of {}"><table><thead><tr><th>Property</th>'
    "<th>Type</th><th>Default</th><th>Try it</th></tr></thead><tbody>"
)
_TYPES = {"string": "text", "boolean": "True or False", "enum": "one of", "color": "colour", "object": "any value"}


def reference(python: ClientPython) -> Markup:
    """Return the sections of all components, after a list of links to them."""
    names = sorted(python.components)
    common = frozenset.intersection(*(python.members[name] for name in names))
    links = Markup(" ").join(Markup('<a href="#{0}">{0}</a>').format(name) for name in names)
    methods = _code(one for one in common if not one.startswith("_") and one.islower())
    parts = [
        Markup('<nav class="component-list" aria-label="Components">{}</nav>').format(links),
        Markup("<p>All of them have: {}.</p>").format(methods),
        *(_section(name, python.components[name], python.members[name] - common) for name in names),
    ]
    return Markup("").join(parts)


def components() -> Markup:
    """Return the reference of the components as they were built."""
    return reference(client_python())


def _section(name: str, entry: Mapping[str, Any], members: frozenset[str]) -> Markup:
    said = {one: prop for one, prop in entry["properties"].items() if not prop.get("deprecated")}
    rows = Markup("").join(_row(one, prop) for one, prop in said.items())
    table = _HEAD.format(name) + rows + Markup("</tbody></table></div>") if said else Markup("")
    own = [one for one in members - entry["properties"].keys() if not one.startswith("_")]
    return Markup("").join(
        (
            Markup('<section class="component" data-component="{0}"><h2 id="{0}">{0}</h2>').format(name),
            Markup('<div class="component-live"></div>'),
            table,
            Markup("<p>Events: {}.</p>").format(_code(entry["events"])) if entry["events"] else Markup(""),
            Markup("<p>Methods: {}.</p>").format(_code(own)) if own else Markup(""),
            Markup("</section>"),
        )
    )


def _row(name: str, prop: Mapping[str, Any]) -> Markup:
    kind = str(prop["type"])
    of = ", ".join(str(one) for one in prop.get("of", ()))
    shown = f"{_TYPES.get(kind, kind)} {of}".strip()
    default = prop.get("default")
    # What only code sets is not tried here.
    tried = "" if prop.get("in_code") else name
    return _ROW.format(name, shown, "None" if default is None else _python(default), tried)


def _python(value: object) -> str:
    return repr(value) if isinstance(value, (str, bool, int, float)) else json.dumps(value)


def _code(names: Any) -> Markup:
    return Markup(", ").join(Markup("<code>{}</code>").format(one) for one in sorted(names))
