"""What passes between an editor and the language server, and what does not (D-12; spec/frontend.md 2)."""

import json
from typing import Any

import pytest

from widget_site.language import lsp
from widget_site.language.findings import MAX_FINDINGS, read_findings
from widget_wire.language import MAX_TEXT_CHARS

POSITION = {"line": 0, "character": 0}
PLACE = {"start": POSITION, "end": POSITION}


def place(uri: str) -> dict[str, Any]:
    return {"textDocument": {"uri": uri}, "position": POSITION}


@pytest.mark.parametrize(
    "method",
    [
        "initialize",
        "initialized",
        "workspace/didChangeConfiguration",
        "workspace/executeCommand",
        "workspace/didChangeWorkspaceFolders",
        "workspace/didChangeWatchedFiles",
        "workspace/symbol",
        "textDocument/codeAction",
        "textDocument/documentLink",
        "textDocument/willSaveWaitUntil",
        "notebookDocument/didOpen",
        "pyrefly/textDocument/typeErrorDisplayStatus",
        "$/setTrace",
        "shutdown",
        "",
        None,
        ["textDocument/hover"],
    ],
)
def test_no_other_method_reaches_the_server(method: Any) -> None:
    with pytest.raises((lsp.RefusedError, TypeError)):
        lsp.to_server({"jsonrpc": "2.0", "id": 1, "method": method, "params": place("widget:///main.py")})


@pytest.mark.parametrize(
    "uri",
    [
        "file:///etc/passwd",
        "file:///work/widget/main.py",
        "file:///usr/local/lib/python3.10/os.py",
        "widget:///../pyrefly.toml",
        "widget:///../../etc/passwd.py",
        "widget:////etc/x.py",
        "widget:///a/../../x.py",
        "widget:///%2e%2e/x.py",
        "widget:///.hidden.py",
        "widget:///pyrefly.toml",
        "widget:///pyproject.toml",
        "widget:///main.py/",
        "widget:///main.py#x",
        "widget:///main.py\n",
        "widget:///main.py\0.py",
        "widget://other/main.py",
        "WIDGET:///main.py",
        "https://example.com/main.py",
        "",
        None,
        7,
        {"uri": "widget:///main.py"},
    ],
)
@pytest.mark.parametrize("method", [*lsp.REQUESTS, *lsp.NOTIFICATIONS])
def test_no_other_address_reaches_the_server(method: str, uri: Any) -> None:
    document = {"uri": uri, "version": 1, "text": "", "languageId": "python"}
    params = {"textDocument": document, "position": POSITION, "newName": "x", "contentChanges": []}
    message = {"method": method, "params": params} | ({"id": 1} if method in lsp.REQUESTS else {})

    with pytest.raises(lsp.RefusedError):
        lsp.to_server(message)


def test_what_passes_is_rebuilt_so_nothing_rides_along() -> None:
    passed = lsp.to_server(
        {
            "jsonrpc": "9",
            "id": 5,
            "method": "textDocument/completion",
            "params": {**place("widget:///a b/c.py"), "context": {"pythonPath": "/bin/sh"}, "pythonPath": "/bin/sh"},
            "more": "file:///etc/passwd",
        }
    )

    assert passed == {
        "jsonrpc": "2.0",
        "id": 5,
        "method": "textDocument/completion",
        "params": {
            "textDocument": {"uri": "file:///work/widget/a%20b/c.py"},
            "position": POSITION,
            "context": {"triggerKind": 1},
        },
    }


@pytest.mark.parametrize(
    "params",
    [
        {"textDocument": {"uri": "widget:///a.py"}, "position": {"line": -1, "character": 0}},
        {"textDocument": {"uri": "widget:///a.py"}, "position": {"line": 2**40, "character": 0}},
        {"textDocument": {"uri": "widget:///a.py"}, "position": {"line": True, "character": 0}},
        {"textDocument": {"uri": "widget:///a.py"}, "position": {"line": "0", "character": 0}},
        {"textDocument": {"uri": "widget:///a.py"}},
        {"textDocument": "widget:///a.py", "position": POSITION},
        [],
        None,
    ],
)
def test_malformed_places_are_refused(params: Any) -> None:
    with pytest.raises(lsp.RefusedError):
        lsp.to_server({"id": 1, "method": "textDocument/hover", "params": params})


def test_texts_and_changes_are_bounded() -> None:
    document = {"uri": "widget:///a.py", "version": 1}
    large = {"textDocument": {**document, "text": "x" * (MAX_TEXT_CHARS + 1)}}
    many = {"textDocument": document, "contentChanges": [{"text": ""}] * 501}

    for method, params in (("didOpen", large), ("didChange", many)):
        with pytest.raises(lsp.RefusedError):
            lsp.to_server({"method": f"textDocument/{method}", "params": params})


def test_of_places_only_those_of_the_widgets_own_modules_come_back() -> None:
    result = [
        {"uri": "file:///usr/local/lib/python3.10/os.py", "range": PLACE},
        {"uri": "file:///env/requests/__init__.py", "range": PLACE},
        {"uri": "file:///work/pyrefly.toml", "range": PLACE},
        {"targetUri": "file:///work/widget/a%20b.py", "targetSelectionRange": PLACE},
    ]

    heard = lsp.to_browser({"id": 1, "result": result}, "textDocument/definition")

    assert heard == {"jsonrpc": "2.0", "id": 1, "result": [{"uri": "widget:///a%20b.py", "range": PLACE}]}


def test_a_rename_that_reaches_beyond_the_widget_is_none() -> None:
    edit = [{"range": PLACE, "newText": "x"}]
    changes = {"file:///work/widget/a.py": edit, "file:///env/b.py": edit}

    heard = lsp.to_browser({"id": 1, "result": {"changes": changes}}, "textDocument/rename")

    assert heard == {"jsonrpc": "2.0", "id": 1, "result": None}


@pytest.mark.parametrize(
    "contents",
    [
        {"kind": "markdown", "value": "<img src=x onerror=alert(1)>\n```python\ndef f(): ...\n```"},
        ["<img src=x onerror=alert(1)>", {"language": "python", "value": "def f(): ..."}],
        {"kind": "html", "value": "<img src=x onerror=alert(1)>\ndef f(): ..."},
    ],
)
def test_documentation_comes_as_plain_text_whatever_it_says_that_it_is(contents: Any) -> None:
    heard = lsp.to_browser({"id": 1, "result": {"contents": contents}}, "textDocument/hover")

    assert heard is not None
    assert heard["result"] == {"contents": {"kind": "plaintext", "value": "<img src=x onerror=alert(1)>\ndef f(): ..."}}


def test_documentation_leads_nowhere() -> None:
    value = "f: int\n---\nSee [the page](https://x.example/).\n\nGo to [str](file:///work/typeshed/builtins.pyi#L1)"

    heard = lsp.to_browser(
        {"id": 1, "result": {"contents": {"kind": "markdown", "value": value}}}, "textDocument/hover"
    )

    assert heard is not None
    assert heard["result"]["contents"]["value"] == "f: int\nSee the page."


def test_completions_keep_no_command_and_no_data() -> None:
    item = {
        "label": "x",
        "kind": 3,
        "data": {"uri": "file:///etc/passwd"},
        "command": {"command": "x"},
        "additionalTextEdits": [{"range": PLACE, "newText": "import os"}],
        "documentation": {"kind": "markdown", "value": "**x**"},
    }

    heard = lsp.to_browser({"id": 1, "result": {"items": [item, "no item", {}]}}, "textDocument/completion")

    assert heard is not None
    assert heard["result"]["items"] == [
        {"label": "x", "kind": 3, "documentation": {"kind": "plaintext", "value": "**x**"}}
    ]


@pytest.mark.parametrize(
    "message",
    [
        {"method": "window/showMessage", "params": {"message": "x"}},
        {"method": "window/logMessage", "params": {"message": "x"}},
        {"method": "$/progress", "params": {}},
        {"method": "textDocument/publishDiagnostics", "params": {"uri": "file:///env/a.py", "diagnostics": []}},
        {"method": "textDocument/publishDiagnostics", "params": None},
        {"method": "textDocument/publishDiagnostics"},
    ],
)
def test_other_words_of_the_server_are_kept_from_the_browser(message: Any) -> None:
    assert lsp.to_browser(message, None) is None


def test_findings_are_read_and_only_safe_fixes_stay() -> None:
    where = {"row": 1, "column": 1}
    one = {"code": "F401", "message": "m", "location": where, "end_location": where, "filename": "/work/x", "url": "u"}
    fix = {
        "applicability": "safe",
        "message": "f",
        "edits": [{"content": "", "location": where, "end_location": where}],
    }
    unsafe = {**fix, "applicability": "unsafe"}

    found = read_findings(json.dumps([{**one, "fix": fix}, {**one, "fix": unsafe}, {**one, "fix": None}]))

    assert found is not None
    assert [entry["fix"] is not None for entry in found] == [True, False, False]
    assert "filename" not in found[0]
    assert len(read_findings(json.dumps([one] * 1000)) or []) == MAX_FINDINGS


@pytest.mark.parametrize("text", [None, "", "{}", "null", "[1]", '[{"code": 1}]', "[" * 100_000, '], "x": ['])
def test_what_is_no_list_of_findings_is_none(text: str | None) -> None:
    assert read_findings(text) is None
