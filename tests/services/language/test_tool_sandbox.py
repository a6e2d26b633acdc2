"""The sandbox of an editor's language tools (D-12, D-13): what they say, and what hostile text can't make them do."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from widget_model.client_code import stubs
from widget_runner.engines.base import EngineError, EngineSettings, SandboxSpec, sandbox_prefix
from widget_runner.engines.local import LocalEngine
from widget_runner.language.tool_sandbox import ToolError, ToolSandbox
from widget_site.client_python import client_python
from widget_site.language import lsp

NUMBERS = itertools.count(1)
#: An environment of the fixture, which holds the module only_in_a.
ENVIRONMENT = "a" * 64


@pytest.fixture
async def engine(local_settings: EngineSettings) -> AsyncIterator[LocalEngine]:
    made = LocalEngine(local_settings)
    yield made
    await made.close()


def spec(engine_settings: EngineSettings, **more: Any) -> SandboxSpec:
    name = f"{sandbox_prefix(engine_settings.owner)}l{next(NUMBERS)}"
    return SandboxSpec(name, 768, 300, 1.0, kind="language", **more)


@pytest.fixture
async def tools(engine: LocalEngine, local_settings: EngineSettings) -> AsyncIterator[ToolSandbox]:
    sandbox = await ToolSandbox.start(engine, spec(local_settings, environment=ENVIRONMENT))
    yield sandbox
    await sandbox.close()


async def check(tools: ToolSandbox, text: str) -> list[dict[str, Any]]:
    said = await tools.run("check", text)
    assert said is not None
    found: list[dict[str, Any]] = json.loads(said)
    return found


async def test_d_13_mistakes_are_found_with_their_places_and_what_mends_them(tools: ToolSandbox) -> None:
    found = await check(tools, "import os\n\n\ndef f():\n    return undefined_name\n")

    assert {one["code"] for one in found} == {"F401", "F821"}
    unused = next(one for one in found if one["code"] == "F401")
    assert (unused["location"]["row"], unused["fix"]["applicability"]) == (1, "safe")


async def test_d_13_what_does_not_parse_is_said_so_and_python_310_is_meant(tools: ToolSandbox) -> None:
    assert {one["code"] for one in await check(tools, "def f(:\n")} == {"invalid-syntax"}
    assert await check(tools, "match 1:\n    case 1:\n        pass\n") == []
    assert await check(tools, "type A = int\n") != []


async def test_what_every_run_has_without_an_import_is_no_mistake(tools: ToolSandbox) -> None:
    found = await check(tools, "display(1)\nprint(unknown)\n")

    assert [one["message"] for one in found] == ["Undefined name `unknown`"]


async def test_a_text_is_formatted_and_what_is_no_python_is_not(tools: ToolSandbox) -> None:
    assert await tools.run("format", "x = {  'a':1 }\n") == b'x = {"a": 1}\n'
    assert await tools.run("format", "def f(:\n") is None


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "x = " + "[" * 20_000 + "]" * 20_000,
        "not " * 50_000 + "x",
        "x" + ".a" * 90_000,
        "if x:\n" + "".join("\t" * depth + "if x:\n" for depth in range(1, 400)),
        "f'{" * 20_000,
        "lambda: " * 20_000 + "1",
        "-" * 150_000 + "1",
        "\x00\x01\x02" * 1000,
        "\ufeff# coding: utf-7\n+AGE-",
        "'" * 99_999,
        "x = 1\n" * 30_000,
        "a" * 200_000,
        "import os\n" * 20_000,
    ],
    ids=lambda text: ascii(text[:12]),
)
async def test_hostile_text_ends_in_an_answer_and_the_next_is_checked_all_the_same(
    tools: ToolSandbox, text: str
) -> None:
    try:
        said = await tools.run("check", text)
    except ToolError:
        return  # bounded: the session ends with its sandbox
    assert said is None or isinstance(json.loads(said), list)
    assert await tools.run("format", "x=1\n") == b"x = 1\n"


async def test_ten_megabytes_end_within_the_bounds_of_a_tool(tools: ToolSandbox) -> None:
    try:
        said = await tools.run("check", "import os\n" * 1_000_000)
    except ToolError:
        said = None

    assert said is None or len(said) <= 4 * 1024 * 1024


async def test_settings_in_the_text_or_the_tree_count_for_nothing(tools: ToolSandbox) -> None:
    await tools.keep("ruff.py", '[tool.ruff.lint]\nignore = ["F"]\n')
    assert [one["code"] for one in await check(tools, "# ruff: isort: skip_file\nimport os\n")] == ["F401"]

    # Only modules are kept: whoever asks for more is told nothing any more.
    await tools.keep("pyproject.toml", '[tool.ruff.lint]\nignore = ["F"]\n')
    await asyncio.wait_for(tools.gone.wait(), 10)
    with pytest.raises(EngineError):
        await tools.run("check", "import os\n")


async def test_several_are_checked_at_once(tools: ToolSandbox) -> None:
    said = await asyncio.gather(*(tools.run("format", f"x={number}\n") for number in range(10)))

    assert said == [f"x = {number}\n".encode() for number in range(10)]


# --- the language server ---


class Server:
    """The language server at the other end of its pipes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.numbers = itertools.count(1)
        self.said: list[dict[str, Any]] = []

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        self.writer.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(30):
            head = await self.reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            message: dict[str, Any] = json.loads(await self.reader.readexactly(size))
        self.said.append(message)
        return message

    async def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        self.send(message)
        while True:
            heard = await self.hear()
            if heard.get("id") == message["id"] and "method" not in heard:
                return heard

    async def open(self, path: str, text: str) -> None:
        document = {"uri": f"widget:///{path}", "languageId": "python", "version": 1, "text": text}
        self.send(lsp.to_server({"method": "textDocument/didOpen", "params": {"textDocument": document}}))

    async def marks_of(self, path: str) -> list[dict[str, Any]]:
        """Return what is marked in a module once something is."""

        def marked() -> list[list[dict[str, Any]]]:
            told = [one["params"] for one in self.said if one.get("method") == "textDocument/publishDiagnostics"]
            return [one["diagnostics"] for one in told if one["uri"].endswith(f"/{path}") and one["diagnostics"]]

        while not marked():
            await self.hear()
        return marked()[-1]

    async def at(self, method: str, path: str, line: int, character: int, **more: Any) -> Any:
        place = {"textDocument": {"uri": f"widget:///{path}"}, "position": {"line": line, "character": character}}
        number = 100 + next(self.numbers)
        asked = lsp.to_server({"id": number, "method": f"textDocument/{method}", "params": {**place, **more}})
        heard = lsp.to_browser(await self.ask(asked), f"textDocument/{method}")
        assert heard is not None
        return heard["result"]


@pytest.fixture
async def server(tools: ToolSandbox) -> AsyncIterator[Server]:
    await tools.keep("tools.py", "def answer(of: str) -> int:\n    '''What <b>it</b> is.'''\n    return 42\n")
    async with tools.open_server() as (_, reader, writer):
        made = Server(reader, writer)
        await made.ask(lsp.initialize(1))
        made.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        yield made


async def test_d_12_own_modules_packages_and_python_itself_are_completed(server: Server) -> None:
    await server.open("main.py", "import tools, json, only_in_a\ntools.a\njson.du\nonly_in_a.N\n")

    for line, column, name in ((1, 7, "answer"), (2, 7, "dumps"), (3, 11, "NAME")):
        found = await server.at("completion", "main.py", line, column)
        assert name in [item["label"] for item in found["items"]]


async def test_client_code_knows_its_forms_components_and_the_client_library(
    tools: ToolSandbox, server: Server
) -> None:
    code = "client_code/Form1/__init__.py"
    text = (
        "from ._anvil_designer import Form1Template\nfrom anvil import *\nimport anvil.server\n"
        "from shop.Row import Row\nclass Form1(Form1Template):\n    def f(self):\n"
        "        self.box.pl\n        self.box.wrong\n        anvil.server.ca\n        alert(Row().shade)\n"
    )
    files = {
        "anvil.yaml": "package_name: shop",
        "client_code/Form1/form_template.yaml": "components: [{name: box, type: TextBox}]",
        "client_code/Row/form_template.yaml": "properties: [{name: shade}]",
        "client_code/Row/__init__.py": "from ._anvil_designer import RowTemplate\nclass Row(RowTemplate):\n    pass\n",
        code: text,
    }
    made = {**stubs.library(client_python()), **stubs.of_app(files, client_python()), **files}
    for path, source in made.items():
        if path.endswith(".py"):
            await tools.keep(path, source)
    await server.open(code, text)

    for line, column, name in ((6, 19, "placeholder"), (7, 13, "box"), (8, 23, "call_s"), (9, 20, "shade")):
        found = await server.at("completion", code, line, column)
        assert name in [item["label"] for item in found["items"]]
    marked = await server.marks_of(code)
    assert {(one["range"]["start"]["line"], one["code"]) for one in marked} == {
        (6, "missing-attribute"),
        (7, "missing-attribute"),
        (8, "missing-attribute"),
    }


async def test_hover_and_signatures_are_plain_text(server: Server) -> None:
    await server.open("main.py", "import tools\ntools.answer(\n")

    hover = await server.at("hover", "main.py", 1, 8)
    assert hover["contents"]["kind"] == "plaintext"
    assert "What <b>it</b> is." in hover["contents"]["value"]
    found = await server.at("signatureHelp", "main.py", 1, 13)
    assert "of: str" in found["signatures"][0]["label"]


async def test_a_definition_is_found_in_another_module_and_a_name_changed_in_both(server: Server) -> None:
    await server.open("main.py", "import tools\ntools.answer('x')\n")
    await server.open("tools.py", "def answer(of: str) -> int:\n    return 42\n")

    [place] = await server.at("definition", "main.py", 1, 8)
    assert (place["uri"], place["range"]["start"]["line"]) == ("widget:///tools.py", 0)
    assert await server.at("definition", "main.py", 0, 0) == []
    edit = await server.at("rename", "main.py", 1, 8, newName="reply")
    assert set(edit["changes"]) == {"widget:///main.py", "widget:///tools.py"}


async def test_wrong_types_are_told(server: Server) -> None:
    await server.open("main.py", "import tools\ntools.answer(1)\n")

    while True:
        heard = await server.hear()
        passed = lsp.to_browser(heard, None) if "method" in heard else None
        if passed and passed["params"]["uri"] == "widget:///main.py" and passed["params"]["diagnostics"]:
            break

    assert "str" in passed["params"]["diagnostics"][0]["message"]


async def test_what_every_run_has_is_known_and_what_is_missing_is_told(server: Server) -> None:
    text = """import anvil.http, anvil.script
import anvil.server
import only_in_a
from IPython.display import HTML
import nothing_of_that_name

display(HTML(anvil.script.args[0]), anvil.http.request("https://example.com"))
anvil.script.return_value = 1
anvil.script.r
"""
    await server.open("main.py", text)

    while True:
        heard = await server.hear()
        passed = lsp.to_browser(heard, None) if "method" in heard else None
        if passed and passed["params"]["uri"] == "widget:///main.py" and passed["params"]["diagnostics"]:
            break

    told = [one["message"].splitlines()[0] for one in passed["params"]["diagnostics"]]
    assert [line for line in told if "nothing_of_that_name" in line]
    assert not [line for line in told if "Cannot find" in line and "nothing_of_that_name" not in line]
    assert not [line for line in told if "display" in line or "args" in line]
    found = await server.at("completion", "main.py", 8, 14)
    assert "return_value" in [item["label"] for item in found["items"]]


async def test_nothing_of_the_host_and_no_network_is_in_the_sandbox(tools: ToolSandbox) -> None:
    found = tools._process.pids()
    inside = [pid for pid in found if _is_inside(pid)]

    assert inside
    for pid in inside:
        assert devices_of(pid) == ["lo"]
        facts = facts_of(pid)
        assert int(facts["CapEff"], 16) == 0
        assert facts["NoNewPrivs"].strip() == "1"
        assert facts["Seccomp"].strip() == "2"


def _is_inside(pid: int) -> bool:
    proc = Path("/proc", str(pid))
    return b"language.py" in (proc / "cmdline").read_bytes() and (proc / "comm").read_text().strip() != "bwrap"


def devices_of(pid: int) -> list[str]:
    lines = Path(f"/proc/{pid}/net/dev").read_text().splitlines()
    return [line.split(":")[0].strip() for line in lines if ":" in line]


def facts_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value for name, _, value in (line.partition(":") for line in lines)}
