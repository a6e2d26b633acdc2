"""The live channel of an editor tab: one WebSocket at ``/api/live`` on the site's own host.

The handshake needs a session cookie and an ``Origin`` that is the site's own; anything else is refused before the
upgrade (403). Every message is one JSON object in a text frame, in both directions; a browser's has at most 4096 bytes.

Browser to site
    ``{"op": "follow", "run": <id>, "after": <n>}``
        Send the run's events with ``seq`` above ``n`` (0: all), then what follows until the run is finished. Following
        again with another ``after`` starts over from there: this is how a tab that reconnects goes on.
    ``{"op": "unfollow", "run": <id>}``
    ``{"op": "watch", "widget": <slug>}``
        Say when the widget changes: new revisions, new runs and requests.
    ``{"op": "unwatch", "widget": <slug>}``
    ``{"op": "ping"}``
        Answered by ``{"op": "pong"}`` (the site also sends WebSocket pings).

Site to browser
    ``{"op": "events", "run": <id>, "events": [<event>, ...], "done": <bool>}``
        Events as in ``GET /api/v1/runs/{id}/events``: ``{seq, time, kind, text, data?}``, in order, without gaps except
        where ``skipped`` says so. ``done`` is true once, after the last event (a ``status`` event whose data has
        ``status, outcome, error, started_at, finished_at, ...``); the run is then no longer followed.
    ``{"op": "skipped", "run": <id>, "lines": <n>}``
        This tab is slower than the run's output: ``n`` events were left out here; all of them are in the run's history.
    ``{"op": "changed", "widget": <slug>, "what": "revision", "revision": <n>}``
    ``{"op": "changed", "widget": <slug>, "what": "run", "run": {<the run as in GET /api/v1/runs/{id}, if known>}}``
        A run or request of the widget has been recorded.
    ``{"op": "changed", "widget": <slug>, "what": "widget"}``
        Something else about the widget changed (title, visibility, ...): load it again.
    ``{"op": "error", "of": <op or null>, "run"|"widget": <as asked>, "code": <code>, "message": <words>}``
        ``code``: ``bad_message`` | ``unknown_op`` | ``not_found`` (also for what you may not know) | ``too_many``
        (at most 20 runs and 20 widgets a socket) | ``too_fast`` (at most 50 messages in 5 s). The socket stays open.
    ``{"op": "pong"}``

The site closes with 1001 when it stops (reconnect with ``after``), 1008 when the session has ended or a client goes on
sending after ``too_fast``, 1009 for a frame that is too large.
"""
