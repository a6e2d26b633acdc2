"""Language tools of an editor: one WebSocket at ``/api/language?widget=<slug>`` on the site's own host.

The handshake needs a session cookie, an ``Origin`` that is the site's own, and a widget of the account's own; anything
else is refused before the upgrade (403). Every message is one JSON object in a text frame, in both directions.

Browser to site
    ``{"op": "check", "id": <int>, "text": <source>}``, ``{"op": "format", "id": <int>, "text": <source>}``
    ``{"op": "template", "path": ..., "text": ...}``: what a form's template says now, of a GUI.
    ``{"op": "server", "message": <LSP message>}``: only the methods of ``lsp.py``, and documents of the widget, whose
    address is ``widget:///<path>``.

Site to browser
    ``{"op": "ready"}`` once the tools are there; ``{"op": "refused", "message": <words>}`` when they are not to be had.
    ``{"op": "checked", "id": ..., "found": [<finding>...]}`` (null: the tool failed), ``{"op": "formatted", "id": ...,
    "text": <or null for what is no Python>}``, ``{"op": "server", "message": <LSP message>}``.

The site closes with 1000 when nothing was said for some minutes or the tools ended (an editor opens another when it is
typed in again), 1001 when it stops, 1008 for what is too much or malformed.
"""
