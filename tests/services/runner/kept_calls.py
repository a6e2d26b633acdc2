"""What tests of kept children ask of one."""

import json
from typing import Any

from tests.services.runner.site_double import SiteDouble

from widget_wire.runs import RunReply, RunRequest

COUNTER = """
import os
import anvil.server

count = 0

@anvil.server.route("/count")
def counted():
    global count
    count += 1
    return {"count": count, "pid_namespace": os.readlink("/proc/self/ns/pid")}

@anvil.server.callable
def add(a, b):
    global count
    count += 1
    return [a + b, count]
"""


async def together(site: SiteDouble, *requests: RunRequest) -> dict[str, RunReply]:
    """Submit runs at once; return their replies by id."""
    await site.submit(*requests)
    replies = [await site.reply() for _ in requests]
    return {reply.id: reply for reply in replies}


def printed(record: Any, kind: str = "stdout") -> str:
    return "".join(event["text"] for event in record.events if event["kind"] == kind)


async def count(site: SiteDouble, source: str = COUNTER, **more: Any) -> dict[str, Any]:
    reply = await site.get(source, "/count", **{"keep": 1, **more})
    assert (reply.status, reply.http_status) == ("done", 200), reply
    told: dict[str, Any] = json.loads(reply.body)
    return told
