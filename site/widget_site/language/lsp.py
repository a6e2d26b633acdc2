"""What may pass between an editor and the language server: methods by name, parameters rebuilt field by field.

Neither side is believed. A browser may ask a few things about documents of its own widget, by addresses that exist in
this bridge alone; nothing else reaches the server, no settings, no commands, no other file. What the server says was
made from text and packages of strangers: of it pass answers and findings, addresses of the widget's own documents, and
documentation as plain text.
"""

import re
from collections.abc import Callable
from typing import Any

from widget_wire.language import MAX_TEXT_CHARS, WIDGET_FOLDER

VIRTUAL, REAL = "widget:///", f"file://{WIDGET_FOLDER}/"
_PATH = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.\- ]{0,99}/){0,10}[A-Za-z0-9_][A-Za-z0-9_.\- ]{0,95}\.py\Z")
_MAX_NUMBER = 2**31 - 1
_MAX_NAME_CHARS = 200
_MAX_CHANGES = 500
#: Items of one list of an answer.
_MAX_ITEMS = 2000
_MAX_DOC_CHARS = 20_000
#: How lines begin that are marks of Markdown or offers to go elsewhere, and no text.
_MARKS = ("```", "---", "Go to [")
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((?:file|https?):[^()\s]{0,500}\)")
Json = Any


class RefusedError(Exception):
    """A message that does not pass."""


# --- from the browser ---


def path_of(uri: Json) -> str:
    """Return the path of a document of the widget; RefusedError for any other address."""
    if not isinstance(uri, str) or not uri.startswith(VIRTUAL):
        raise RefusedError("an address that is not the widget's")
    path = uri[len(VIRTUAL) :].replace("%20", " ")
    if not _PATH.match(path):
        raise RefusedError("an address that is not a module's")
    return path


def real_uri(path: str) -> str:
    """Return the address of a module in the sandbox."""
    return REAL + path.replace(" ", "%20")


def number(value: Json) -> int:
    """Return a number of the protocol; RefusedError for anything else."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MAX_NUMBER:
        raise RefusedError("not a number")
    return value


def _text(value: Json, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise RefusedError("not a text, or too long")
    return value


def _dict(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise RefusedError("not an object")
    return value


def _position(value: Json) -> Json:
    given = _dict(value)
    return {"line": number(given.get("line")), "character": number(given.get("character"))}


def _range(value: Json) -> Json:
    given = _dict(value)
    return {"start": _position(given.get("start")), "end": _position(given.get("end"))}


def _document(params: Json) -> Json:
    return {"uri": real_uri(path_of(_dict(_dict(params).get("textDocument")).get("uri")))}


def _place(params: Json) -> Json:
    return {"textDocument": _document(params), "position": _position(_dict(params).get("position"))}


def _completion(params: Json) -> Json:
    # Why it was asked says nothing that the server needs.
    return {**_place(params), "context": {"triggerKind": 1}}


def _references(params: Json) -> Json:
    return {**_place(params), "context": {"includeDeclaration": True}}


def _rename(params: Json) -> Json:
    return {**_place(params), "newName": _text(_dict(params).get("newName"), _MAX_NAME_CHARS)}


def _opened(params: Json) -> Json:
    given = _dict(_dict(params).get("textDocument"))
    return {
        "textDocument": {
            "uri": real_uri(path_of(given.get("uri"))),
            "languageId": "python",
            "version": number(given.get("version")),
            "text": _text(given.get("text"), MAX_TEXT_CHARS),
        }
    }


def _changed(params: Json) -> Json:
    changes = _dict(params).get("contentChanges")
    if not isinstance(changes, list) or len(changes) > _MAX_CHANGES:
        raise RefusedError("not a list of changes")
    made = []
    for change in map(_dict, changes):
        text = {"text": _text(change.get("text"), MAX_TEXT_CHARS)}
        made.append({**text, "range": _range(change["range"])} if "range" in change else text)
    version = number(_dict(_dict(params).get("textDocument")).get("version"))
    return {"textDocument": {**_document(params), "version": version}, "contentChanges": made}


def _closed(params: Json) -> Json:
    return {"textDocument": _document(params)}


def written(message: Json) -> tuple[str, str] | None:
    """Return the module, and its text, that a message brings for its file; None for one that brings none.

    A module that its author leaves is saved, and one that is opened may never have been: only what is in files is seen
    by other modules (Pyrefly 1.4 reads imports from there).
    """
    if message.get("method") not in ("textDocument/didOpen", "textDocument/didSave"):
        return None
    params = _dict(message.get("params"))
    given = _dict(params.get("textDocument"))
    text = params.get("text") if message["method"] == "textDocument/didSave" else given.get("text")
    return path_of(given.get("uri")), _text(text, MAX_TEXT_CHARS)


REQUESTS: dict[str, Callable[[Json], Json]] = {
    "textDocument/completion": _completion,
    "textDocument/hover": _place,
    "textDocument/signatureHelp": _place,
    "textDocument/definition": _place,
    "textDocument/references": _references,
    "textDocument/rename": _rename,
}
NOTIFICATIONS: dict[str, Callable[[Json], Json]] = {
    "textDocument/didOpen": _opened,
    "textDocument/didChange": _changed,
    "textDocument/didClose": _closed,
}


def to_server(message: Json) -> dict[str, Json]:
    """Return a browser's message as the server gets it; RefusedError for what does not pass."""
    method = _dict(message).get("method")
    if method in REQUESTS:
        params = REQUESTS[method](message.get("params"))
        return {"jsonrpc": "2.0", "id": number(message.get("id")), "method": method, "params": params}
    if method in NOTIFICATIONS and "id" not in message:
        return {"jsonrpc": "2.0", "method": method, "params": NOTIFICATIONS[method](message.get("params"))}
    raise RefusedError("a method that does not pass")


# --- what this bridge says itself ---


def file_changed(path: str, *, is_new: bool) -> dict[str, Json]:
    """Return that a module's file was written: what other modules see of it, also while it is open."""
    changes = [{"uri": real_uri(path), "type": 1 if is_new else 2}]
    return {"jsonrpc": "2.0", "method": "workspace/didChangeWatchedFiles", "params": {"changes": changes}}


def initialize(number: int) -> dict[str, Json]:
    """Return the server's greeting; its settings are a file in the sandbox."""
    text = ["plaintext"]
    return {
        "jsonrpc": "2.0",
        "id": number,
        "method": "initialize",
        "params": {
            "processId": None,
            "rootUri": REAL.rstrip("/"),
            "workspaceFolders": [{"uri": REAL.rstrip("/"), "name": "widget"}],
            "initializationOptions": {"pyrefly": {"displayTypeErrors": "force-on"}},
            "capabilities": {
                "general": {"positionEncodings": ["utf-16"]},
                "workspace": {"workspaceEdit": {"documentChanges": False}, "configuration": False},
                "textDocument": {
                    "completion": {"completionItem": {"documentationFormat": text, "snippetSupport": False}},
                    "hover": {"contentFormat": text},
                    "signatureHelp": {"signatureInformation": {"documentationFormat": text}},
                    "publishDiagnostics": {},
                },
            },
        },
    }


#: What the browser is told that the server can: what passes here.
CAPABILITIES: dict[str, Json] = {
    "positionEncoding": "utf-16",
    "textDocumentSync": {"openClose": True, "change": 2, "save": {"includeText": True}},
    "completionProvider": {"triggerCharacters": ["."], "resolveProvider": False},
    "hoverProvider": True,
    "signatureHelpProvider": {"triggerCharacters": ["(", ","]},
    "definitionProvider": True,
    "referencesProvider": True,
    "renameProvider": True,
}


# --- from the server ---


def to_browser(message: Json, asked: str | None) -> dict[str, Json] | None:
    """Return what a browser gets of a server's message; None for what it gets nothing of.

    ``asked``: the method of the request that it answers, None for a notification.
    """
    if asked is None:
        if not isinstance(message, dict) or message.get("method") != "textDocument/publishDiagnostics":
            return None
        params = message.get("params")
        if not isinstance(params, dict) or not isinstance(params.get("diagnostics"), list):
            return None
        path = _virtual(params.get("uri"))
        if path is None:
            return None
        found = [made for one in params["diagnostics"][:_MAX_ITEMS] if (made := _diagnostic(one)) is not None]
        version = params.get("version")
        more = {"version": version} if isinstance(version, int) else {}
        return {"jsonrpc": "2.0", "method": message["method"], "params": {"uri": path, "diagnostics": found, **more}}
    if "error" in message:
        return {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32803, "message": "That can't be told."}}
    return {"jsonrpc": "2.0", "id": message["id"], "result": _ANSWERS[asked](message.get("result"))}


def _virtual(uri: Json) -> str | None:
    """Return the browser's address of a document of the widget; None for any other."""
    if not isinstance(uri, str) or not uri.startswith(REAL):
        return None
    path = uri[len(REAL) :].replace("%20", " ")
    # What is made of a form's template is no file of the widget: nobody goes there, and names in it are not changed.
    if path.endswith("/_anvil_designer.py"):
        return None
    return VIRTUAL + path.replace(" ", "%20") if _PATH.match(path) else None


def _diagnostic(one: Json) -> Json:
    try:
        severity = one.get("severity")
        return {
            "range": _range(one["range"]),
            "severity": severity if severity in (1, 2, 3, 4) else 2,
            "code": str(one.get("code", ""))[:100],
            "source": "types",
            "message": str(one["message"])[:2000],
        }
    except (RefusedError, KeyError, AttributeError, TypeError):
        return None


def _plain(value: Json) -> Json:
    """Return documentation as plain text, whatever it says that it is."""
    if isinstance(value, list):
        parts = [_plain(one) for one in value[:20]]
        value = "\n".join(str(part["value"]) for part in parts if part)
    text = value.get("value") if isinstance(value, dict) else value
    if not isinstance(text, str):
        return None
    lines = [line for line in text[:_MAX_DOC_CHARS].split("\n") if not line.startswith(_MARKS)]
    # Of a link its words: where it goes is a place in the sandbox, or somewhere that nobody asked for.
    return {"kind": "plaintext", "value": _LINK.sub(r"\1", "\n".join(lines)).strip()}


def _completions(result: Json) -> Json:
    items = result.get("items") if isinstance(result, dict) else result
    made = [one for item in (items or [])[:_MAX_ITEMS] if (one := _completion_item(item)) is not None]
    is_open = isinstance(result, dict) and result.get("isIncomplete") is True
    return {"isIncomplete": is_open, "items": made}


def _completion_item(item: Json) -> Json:
    if not isinstance(item, dict) or not isinstance(item.get("label"), str):
        return None
    kept: dict[str, Json] = {"label": item["label"][:_MAX_NAME_CHARS]}
    for name in ("detail", "sortText", "filterText", "insertText"):
        if isinstance(item.get(name), str):
            kept[name] = item[name][:500]
    if isinstance(item.get("kind"), int):
        kept["kind"] = item["kind"]
    if (text := _plain(item.get("documentation"))) is not None:
        kept["documentation"] = text
    edit = item.get("textEdit")
    if isinstance(edit, dict) and isinstance(edit.get("newText"), str) and "range" in edit:
        kept["textEdit"] = {"newText": edit["newText"][:_MAX_NAME_CHARS], "range": _range(edit["range"])}
    return kept


def _hover(result: Json) -> Json:
    text = _plain(result.get("contents")) if isinstance(result, dict) else None
    return None if text is None or not text["value"] else {"contents": text}


def _signatures(result: Json) -> Json:
    if not isinstance(result, dict) or not isinstance(result.get("signatures"), list):
        return None
    made = []
    for one in result["signatures"][:20]:
        if not isinstance(one, dict) or not isinstance(one.get("label"), str):
            continue
        shown: dict[str, Json] = {"label": one["label"][:2000], "parameters": []}
        for parameter in (one.get("parameters") or [])[:100]:
            label = parameter.get("label")
            if isinstance(label, list) and len(label) == 2:
                label = [number(part) for part in label]
            elif not isinstance(label, str):
                continue
            shown["parameters"].append({"label": label})
        if (text := _plain(one.get("documentation"))) is not None:
            shown["documentation"] = text
        if isinstance(one.get("activeParameter"), int):
            shown["activeParameter"] = one["activeParameter"]
        made.append(shown)
    active = {
        name: result[name] for name in ("activeSignature", "activeParameter") if isinstance(result.get(name), int)
    }
    return {"signatures": made, **active} if made else None


def _locations(result: Json) -> Json:
    found = []
    for one in (result if isinstance(result, list) else [result] if result else [])[:_MAX_ITEMS]:
        uri = _virtual(one.get("uri", one.get("targetUri"))) if isinstance(one, dict) else None
        if uri is not None:
            found.append({"uri": uri, "range": _range(one.get("range", one.get("targetSelectionRange")))})
    return found


def _edit(result: Json) -> Json:
    if not isinstance(result, dict):
        return None
    changes = result.get("changes")
    if not isinstance(changes, dict):
        return {"changes": {}}
    made: dict[str, Json] = {}
    for uri, edits in list(changes.items())[:200]:
        path = _virtual(uri)
        # A rename that reaches beyond the widget can't be done: not even the part within it.
        if path is None or not isinstance(edits, list):
            return None
        made[path] = [
            {"range": _range(_dict(edit).get("range")), "newText": _text(edit.get("newText"), _MAX_NAME_CHARS)}
            for edit in edits[:_MAX_ITEMS]
        ]
    return {"changes": made}


_ANSWERS: dict[str, Callable[[Json], Json]] = {
    "textDocument/completion": _completions,
    "textDocument/hover": _hover,
    "textDocument/signatureHelp": _signatures,
    "textDocument/definition": _locations,
    "textDocument/references": _locations,
    "textDocument/rename": _edit,
}
assert set(_ANSWERS) == set(REQUESTS)
