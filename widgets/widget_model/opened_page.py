"""``FormResponse`` and ``AppResponder`` (H-58, H-59): a route of a GUI answers with its page, opened at a form.

The run's answer goes to the site as JSON under a content type of its own; the site makes a page of it.
"""

import json
from typing import Any

#: Of an answer that the site makes a page of.
PAGE_TYPE = "application/vnd.widgetry.page+json"
_RESPONSE = "anvil.server._LoadAppResponse"
_PLACE = ["response", "body"]


def page_of(message: dict[str, Any]) -> bytes | None:
    """Return what page a route's answer asks for: ``opens`` with its ``objects``; None when it is another answer."""
    held = message.get("objects")
    objects = [(one, one.get("path")) for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    kinds = [(one.get("type"), one.get("typeName")) for one, path in objects if path == _PLACE]
    if (["ValueType"], _RESPONSE) not in kinds:
        return None
    within = [(one, path) for one, path in objects if isinstance(path, list) and path != _PLACE]
    page = {
        "opens": message["response"]["body"],
        "objects": [{**one, "path": ["opens", *path[2:]]} for one, path in within if path[:2] == _PLACE],
    }
    if message.get("vt_global") is not None:
        page["vt_global"] = message["vt_global"]
        page["objects"] += [one for one, path in within if path[:1] == ["vt_global"]]
    return json.dumps(page).encode()
