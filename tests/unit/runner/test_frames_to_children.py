"""What a child is told: its START and the CALL of its route."""

import json
from typing import Any

from widget_model.files import digest, encode_files
from widget_runner.codes import CodeCache, Revision, read_revision
from widget_runner.route_call import call_frames
from widget_wire import frames
from widget_wire.runs import RunRequest


def request(**fields: Any) -> RunRequest:
    given = {
        "id": "r1", "widget_id": "w1", "slug": "s", "kind": "script", "trigger": "owner", "revision": 1, "code": "c",
        "environment": None, "start_before_ms": 0, "timeout_s": 1.0, "site": None, "origin": "http://s.localhost",
    }  # fmt: skip
    return RunRequest(**{**given, **fields})


def revision(files: dict[str, Any]) -> Revision:
    found = read_revision(digest(files), encode_files(files))
    assert found is not None
    return found


def decoded(pieces: list[bytes]) -> list[Any]:
    got = frames.FrameDecoder().feed(b"".join(pieces))
    return [json.loads(payload) if kind == frames.TEXT else payload for kind, payload in got]


def test_start_carries_the_files_as_they_are_kept() -> None:
    files = {"main.py": "print('é\\n')", "data.bin": {"base64": "AA=="}}

    (start,) = decoded(revision(files).start_frame(request(args=("a", "b")), "ab12", 1000, {"files": 3}))

    assert start == {
        "type": "START", "kind": "script", "main": "main.py", "argv": ["a", "b"], "origin": "http://s.localhost",
        "random": "ab12", "payload_bytes": 1000, "keep": {"files": 3},
        "files": files,
        "app": {"id": "w1", "branch": "master", "environment": {"description": "Published", "tags": []}},
    }  # fmt: skip


def test_a_gui_is_sent_what_server_code_can_use() -> None:
    server = {"server_code/a.py": "x = ',\"theme/'\n", "anvil.yaml": "é", "my_theme/a": ",", "theme": "a file"}
    files = {**server, "theme/assets/a.png": {"base64": "AA=="}, "theme/parameters.yaml": "b: 1\n"}
    found = revision(files)

    (start,) = decoded(found.start_frame(request(kind="gui"), "ab12", 1000, {}))
    (asked,) = decoded(found.compile_frame("gui"))
    (script,) = decoded(found.start_frame(request(), "ab12", 1000, {}))
    (small,) = decoded(revision(server).start_frame(request(kind="gui"), "ab12", 1000, {}))

    assert start["files"] == asked["files"] == small["files"] == server
    assert script["files"] == files
    assert (start["kind"], asked["type"], asked["kind"], asked["main"]) == ("gui", "COMPILE", "gui", "main.py")


def test_start_brings_code_unless_the_frame_would_be_too_large() -> None:
    found = revision({"main.py": "#" * (frames.MAX_FRAME_BYTES // 2)})

    (start,) = decoded(found.start_frame(request(kind="api"), "ab12", 1000, {}, b'{"main.py":"AA=="}'))
    large = b'{"main.py":"%s"}' % (b"A" * (frames.MAX_FRAME_BYTES // 2))
    (without,) = decoded(found.start_frame(request(kind="api"), "ab12", 1000, {}, large))

    assert start["compiled"] == {"main.py": "AA=="}
    assert "compiled" not in without
    assert without["files"] == start["files"]


def test_code_that_is_not_what_its_name_says_is_no_revision() -> None:
    assert read_revision("0" * 64, b"{}") is None


def test_imports_are_found_at_the_start_of_lines() -> None:
    source = "import json\nfrom os import path\nx = 'import csv'\n    import re\nimport urllib.request, ssl\n"

    assert revision({"main.py": source}).imports == {"json", "os", "urllib.request"}


def test_the_cache_forgets_what_was_unused_longest() -> None:
    revisions = [revision({"main.py": "#" * 100 + str(number)}) for number in range(3)]
    cache = CodeCache(max_bytes=250)
    cache.put(revisions[0])
    cache.put(revisions[1])
    assert cache.get(revisions[0].digest) is revisions[0]

    cache.put(revisions[2])

    assert cache.get(revisions[1].digest) is None
    assert cache.get(revisions[0].digest) is revisions[0]


def test_the_cache_counts_what_is_kept_for_guis() -> None:
    plain, themed = (revision({f"{folder}/a": "#" * 100, "b": "#" * 100}) for folder in ("client_code", "theme"))

    assert plain.size_bytes == len(plain.code)
    assert themed.size_bytes == len(themed.code) + len(encode_files({"b": "#" * 100}))


def test_a_call_names_the_route_and_says_who_asks() -> None:
    route = {
        "prefix": "http", "method": "GET", "path": "/a/b", "query_params": {"q": ["1", "2"]}, "form_params": {},
        "origin": None, "headers": {"x": "y"}, "remote_address": "192.0.2.1", "username": None, "password": None,
    }  # fmt: skip

    (call,) = decoded(call_frames(request(route=route)))

    assert call["command"] == "http:/a/b"
    assert call["id"] == call["call-stack-id"] == "r1"
    assert call["call-stack"] == [{"type": "http"}]
    assert call["client"] == {"type": "http", "ip": "192.0.2.1", "location": None}
    assert call["sessionData"] == {"session": {}, "objects": []}
    assert set(call["kwargs"]) == {
        "method", "path", "query_params", "form_params", "origin", "headers", "remote_address", "username", "password",
        "body", "same_app_alternate_origin",
    }  # fmt: skip
    assert call["kwargs"]["body"] is None
    assert call["objects"] == []


def test_a_body_follows_in_chunks_of_64_kib() -> None:
    body = bytes(range(256)) * 600
    route = {"path": "/", "has_body": True, "content_type": "image/png", "file_name": "x.png"}

    call, *rest = decoded(call_frames(request(route=route, body=body)))

    (described,) = call["objects"]
    assert described["path"] == ["kwargs", "body"]
    assert (described["mime-type"], described["name"]) == ("image/png", "x.png")
    headers, chunks = rest[::2], rest[1::2]
    assert b"".join(chunks) == body
    assert max(map(len, chunks)) <= 65536
    assert [header["lastChunk"] for header in headers] == [False, False, True]


def test_an_empty_body_has_one_chunk() -> None:
    call, header, chunk = decoded(call_frames(request(route={"path": "/", "has_body": True})))

    assert call["objects"]
    assert (header["lastChunk"], chunk) == (True, b"")
