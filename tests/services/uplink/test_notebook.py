"""A cell of a real Jupyter kernel that is run again replaces its function (issue 4, point 1)."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.services.uplink.programs import Caller

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: Runs the cells that it is given on its stdin, each a line of JSON, in a kernel; says what came of each.
NOTEBOOK = """
import json, sys
from jupyter_client.manager import KernelManager

manager = KernelManager(kernel_name="python3")
manager.start_kernel()
client = manager.client()
client.start_channels()
client.wait_for_ready(timeout=120)
for line in sys.stdin:
    reply = client.execute_interactive(json.loads(line), timeout=120, output_hook=lambda message: None)["content"]
    print(json.dumps([reply["status"], reply.get("evalue", "")]), flush=True)
manager.shutdown_kernel(now=True)
"""
CONNECT = "import anvil.server\nanvil.server.connect({key!r}, url={url!r})"
CELL = "@anvil.server.callable\ndef colour():\n    return {colour!r}"


async def test_a_cell_of_a_notebook_that_is_run_again_replaces_its_function(
    caller: Caller, python: str, tmp_path: Path
) -> None:
    install = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python, "ipykernel", "jupyter_client"]
    await asyncio.to_thread(subprocess.run, install, check=True, timeout=300)
    file = tmp_path / "notebook.py"
    file.write_text(NOTEBOOK)
    pipe = asyncio.subprocess.PIPE
    notebook = await asyncio.create_subprocess_exec(python, "-u", str(file), stdin=pipe, stdout=pipe, stderr=None)

    async def run_cell(source: str) -> None:
        assert notebook.stdin is not None
        assert notebook.stdout is not None
        notebook.stdin.write(json.dumps(source).encode() + b"\n")
        said = await asyncio.wait_for(notebook.stdout.readline(), 150)
        assert json.loads(said or b'"it ended"') == ["ok", ""]

    try:
        url = f"ws://127.0.0.1:{caller.served.port}/_/uplink"
        await run_cell(CONNECT.format(key=await caller.key(), url=url))
        await run_cell(CELL.format(colour="red"))
        await caller.until_has("colour")
        assert await caller.call("colour") == "red"

        await run_cell(CELL.format(colour="blue"))

        assert await caller.call("colour") == "blue"
        assert caller.has("colour")
    finally:
        assert notebook.stdin is not None
        notebook.stdin.close()
        await asyncio.wait_for(notebook.wait(), 60)
