"""NiceGUI, Streamlit and Gradio, each with the same small form: a number is typed, a button adds one on the server.

They are installed from PyPI into a virtual environment of their own beside the benchmark's data, never into ours, and
listen on this machine alone.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from widget_bench.samples import BenchError

PACKAGES = ("nicegui==3.18.0", "streamlit==1.67.0", "gradio==6.31.0")
_START_S = 90
_INSTALL_S = 900

_NICEGUI = """
import sys

from nicegui import ui


def add(a, b):
    return a + b


@ui.page("/")
def page():
    number = ui.input("Number", value="2")
    calls = []

    def clicked():
        calls.append(1)
        shown.set_text(f"sum {add(int(number.value), 1)}, call {len(calls)}.")

    ui.button("Add", on_click=clicked)
    shown = ui.label("")


ui.run(host="127.0.0.1", port=int(sys.argv[1]), reload=False, show=False)
"""
_STREAMLIT = """
import streamlit as st


def add(a, b):
    return a + b


number = st.text_input("Number", "2")
if st.button("Add"):
    st.session_state.calls = st.session_state.get("calls", 0) + 1
    st.text(f"sum {add(int(number), 1)}, call {st.session_state.calls}.")
"""
_GRADIO = """
import sys

import gradio as gr


def add(a, b):
    return a + b


def clicked(number, calls):
    return f"sum {add(int(number), 1)}, call {calls + 1}.", calls + 1


with gr.Blocks(analytics_enabled=False) as page:
    calls = gr.State(0)
    number = gr.Textbox("2", label="Number")
    button = gr.Button("Add")
    shown = gr.Markdown()
    button.click(clicked, [number, calls], [shown, calls])
page.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), share=False)
"""
_PROGRAMS = {"NiceGUI": _NICEGUI, "Streamlit": _STREAMLIT, "Gradio": _GRADIO}
#: Nobody is told that we measure, nothing is fetched.
_ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
}


@dataclass(frozen=True)
class Rival:
    """One that runs."""

    name: str
    address: str


@contextlib.contextmanager
def rivals(folder: Path) -> Iterator[list[Rival]]:
    """Install them into ``folder`` unless they are there, and serve all three."""
    home = folder / "venv"
    mark = folder / "installed"
    if not mark.exists() or mark.read_text() != "\n".join(PACKAGES):
        folder.mkdir(parents=True, exist_ok=True)
        _install(home)
        mark.write_text("\n".join(PACKAGES))
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(_serving(name, folder, home)) for name in _PROGRAMS]


@contextlib.contextmanager
def _serving(name: str, folder: Path, home: Path) -> Iterator[Rival]:
    program = folder / f"{name.lower()}_form.py"
    program.write_text(_PROGRAMS[name])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [str(home / "bin/python"), str(program), port]
    if name == "Streamlit":
        flags = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true"]
        command = [command[0], "-m", "streamlit", "run", *flags, str(program)]
    log = folder / f"{name.lower()}.log"
    environment = {**os.environ, **_ENVIRONMENT, "HOME": str(folder)}
    with log.open("wb") as said:
        server = subprocess.Popen(
            command, cwd=folder, stdout=said, stderr=said, stdin=subprocess.DEVNULL, env=environment
        )
    try:
        _wait(name, server, f"http://127.0.0.1:{port}/", log)
        yield Rival(name, f"http://127.0.0.1:{port}/")
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(10)


def _install(home: Path) -> None:
    uv = [sys.executable, "-m", "uv", "--no-cache"]
    for command in (
        [*uv, "venv", "-q", "--clear", "--python", sys.executable, str(home)],
        [*uv, "pip", "install", "-q", "--python", str(home / "bin/python"), *PACKAGES],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
        if done.returncode:
            raise BenchError(f"{' '.join(command)} failed:\n{done.stderr[-1000:]}")


def _wait(name: str, server: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.1)
    raise BenchError(f"{name} does not answer:\n{log.read_text(errors='replace')[-1000:]}")
