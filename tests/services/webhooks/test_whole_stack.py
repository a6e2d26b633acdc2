"""The whole product tells a program on this machine, which the operator named, also when its worker is killed."""

import http.server
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures.folders import open_folder
from tests.fixtures.stack import Stack, start_stack

PATIENCE_S = 60.0


class Listener(http.server.ThreadingHTTPServer):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[tuple[str, Any]] = []

    def wait_for(self, run_id: str) -> None:
        """Wait until the end of this run was told."""
        deadline = time.monotonic() + PATIENCE_S
        while run_id not in [body["data"]["run"]["id"] for _, body in self.told]:
            assert time.monotonic() < deadline, f"{run_id} is not among {self.told}"
            time.sleep(0.05)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.told.append((self.headers["webhook-id"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: Any) -> None:
        return


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def open_stack(rootfs: Path, listener: Listener) -> Iterator[Stack]:
    with open_folder() as folder:
        running = start_stack(folder / "data", rootfs, WIDGETRY_WEBHOOK_ALLOW=f"127.0.0.1:{listener.server_port}")
        yield running
        running.stop()


@pytest.mark.timeout(240)
def test_the_end_of_a_run_arrives_and_a_killed_worker_loses_none(open_stack: Stack, listener: Listener) -> None:
    person = open_stack.sign_up()
    widget = person.make("script", "print('x')\n")
    url = f"http://127.0.0.1:{listener.server_port}/hook"
    made = person.call("POST", f"/widgets/{widget['slug']}/webhooks", {"url": url, "events": "all"})
    assert made.status == 201, made.text

    first, _ = person.run(widget["slug"])
    listener.wait_for(first["id"])
    os.kill(open_stack.pids()["worker"], signal.SIGKILL)
    ended = [person.run(widget["slug"])[0]["id"] for _ in range(3)]
    for run_id in ended:
        listener.wait_for(run_id)

    ids = {body["data"]["run"]["id"]: sent_id for sent_id, body in listener.told}
    assert {first["id"], *ended} == set(ids)
    assert len(set(ids.values())) == 4
    assert listener.told[0][1]["data"]["run"]["outcome"] == "ok"
