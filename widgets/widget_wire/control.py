"""The control link between a runner and a sandbox's supervisor.

A ``SOCK_SEQPACKET`` Unix socket; each packet is one JSON object, file descriptors travel beside it (SCM_RIGHTS). The
supervisor's memory is copied into every child, so nothing of a widget ever goes over this link but numbers and the
digest of its environment: no code, no request, no secret.

How a supervisor is started, and finds this link: ``widget_policy.guest_config`` (sandbox_images/policy).

Runner to supervisor
    ``{"op": "bind", "environment": <digest or null>, "preload": [<module>...]}``
        This sandbox now belongs to one widget; before its first run. Answered by ``bound`` (or ``failed``).
    ``{"op": "run", "id": <int>, "ahead": <bool>, "app": <bool>}`` + 4 descriptors: data socket, stdout pipe, stderr
        pipe, an eventfd.
        Forks a child, which waits for START on its data socket (``start.py``). Answered by ``exit`` when the child is
        gone, or ``failed`` when none could be made. ``ahead``: no run is known yet for it; it is the spare.
        ``app``: the widget is a GUI.
    ``{"op": "kill", "id": <int>}``
        SIGKILL to the child's pid namespace; ``exit`` follows.
    ``{"op": "ping"}``
        Answered by ``pong``.

Supervisor to runner
    ``{"ev": "ready", "mode": "userns", "boot_ms": <float>, "preloaded": [...], "egress": "transparent|proxy|none"}``
        Once; with ``transparent`` 2 descriptors come along: the TCP listener and the UDP socket of DNS;
        with ``proxy`` the listener alone.
    ``{"ev": "bound", "preloaded": [...]}`` · ``{"ev": "pong"}``
    ``{"ev": "exit", "id": <int>, "status": <exit code, negative for a signal>, "cpu_s": <float>, "rss_kb": <int>}``
    ``{"ev": "failed", "op": <the op>, "id": <int or null>, "text": <why>}``
        With op ``boot`` in place of ``ready``: this machine does not allow what isolation needs; the supervisor ends.
"""

import json
from typing import Any

#: The most bytes one control packet may have.
MAX_PACKET_BYTES = 65536
#: Where the egress listener and the DNS socket listen inside the sandbox.
EGRESS_PORT = 3128

#: json.dumps would make an encoder for every packet.
_encode = json.JSONEncoder(separators=(",", ":")).encode


def packet(**fields: Any) -> bytes:
    """Return the packet of these fields."""
    return _encode(fields).encode()
