"""The reference of components says of each what the built client library has."""

import re

from widget_site.client_python import client_python
from widget_site.pages.component_docs import reference


def test_every_component_is_there_with_its_properties_and_events() -> None:
    python = client_python()
    found = dict(
        re.findall(r'<section class="component" data-component="(\w+)">(.*?)</section>', reference(python), re.S)
    )

    assert found.keys() == python.components.keys()
    for name, entry in python.components.items():
        shown = set(re.findall(r"<tr><td><code>(\w+)</code>", found[name]))
        assert shown == {one for one, prop in entry["properties"].items() if not prop.get("deprecated")}
        assert all(f"<code>{event}</code>" in found[name] for event in entry["events"])


def test_defaults_are_written_as_python_writes_them() -> None:
    page = reference(client_python())

    assert "<code>True</code>" in page
    assert "<code>&#39;center&#39;</code>" in page
    assert "<code>None</code>" in page
