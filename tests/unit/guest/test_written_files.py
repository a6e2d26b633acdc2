"""Files that a script wrote are handed over at its end: plain ones, within bounds, and no others."""

from typing import Any

from tests.unit.guest.harness import Children, Ended, start


def files_of(ended: Ended) -> dict[str, bytes | None]:
    """What was handed over, by name; None for what was too much."""
    found: dict[str, Any] = {}
    media = iter(ended.media)
    for message in ended.messages:
        if message["type"] == "FILE":
            content = b""
            while message["kept"] and (len(content) < message["bytes"] or content == b""):
                content += next(media)
                if message["bytes"] == 0:
                    break
            found[message["name"]] = content if message["kept"] else None
    return found


def test_written_and_changed_files_are_handed_over_before_the_end(children: Children) -> None:
    files = {"main.py": "open('new.txt', 'w').write('new')\nopen('data/a.csv', 'a').write('2')\nopen('empty', 'w')"}
    files |= {"data/a.csv": "1", "data/b.csv": "1", "c.bin": {"base64": "AAEC"}}  # type: ignore[dict-item]

    ended = children.serve([start("script", files)])

    assert files_of(ended) == {"data/a.csv": b"12", "new.txt": b"new", "empty": b""}
    assert ended.messages[-1]["type"] == "END"


def test_a_script_that_failed_hands_over_what_it_wrote(children: Children) -> None:
    ended = children.script("open('part.txt', 'w').write('x')\n1/0")

    assert files_of(ended) == {"part.txt": b"x"}
    assert ended.error["type"] == "ZeroDivisionError"


def test_links_pipes_folders_and_hidden_files_are_none_of_them(children: Children) -> None:
    ended = children.script(
        "import os, socket\n"
        "os.symlink('/etc/passwd', 'passwd')\nos.symlink('/etc', 'etc')\nos.mkfifo('pipe')\n"
        "socket.socket(socket.AF_UNIX).bind('sock')\n"
        "os.makedirs('.cache/x')\nopen('.cache/x/y', 'w').write('1')\nopen('.hidden', 'w').write('1')\n"
        "os.makedirs('__pycache__')\nopen('__pycache__/m.pyc', 'w').write('1')\n"
        "os.makedirs('../outside', exist_ok=True)\nopen('../outside/z', 'w').write('1')\nopen('ok', 'w').write('1')"
    )

    assert files_of(ended) == {"ok": b"1"}


def test_what_is_too_much_is_named_and_not_handed_over(children: Children) -> None:
    ended = children.script(
        "for name, size in [('a', 400_000), ('b', 600_000), ('c', 350_000), ('d', 300_000), ('e', 1), ('f', 1)]:\n"
        "    open(name, 'wb').write(bytes(size))"
    )

    # At most 500,000 bytes a file, 800,000 in all, 3 files.
    assert {name: content and len(content) for name, content in files_of(ended).items()} == {
        "a": 400_000, "b": None, "c": 350_000, "d": None, "e": 1, "f": None,
    }  # fmt: skip


def test_names_that_are_no_unicode_are_shown_as_well_as_they_can_be(children: Children) -> None:
    ended = children.script("open(b'caf\\xff\\n.txt', 'w').write('1')\nopen('naïve 🦒', 'w').write('2')")

    assert files_of(ended) == {"caf?\n.txt": b"1", "naïve 🦒": b"2"}


def test_thousands_of_files_end_somewhere(children: Children) -> None:
    ended = children.script("for n in range(300): open(f'f{n:04}', 'w')")

    assert len(files_of(ended)) == 33


def test_routes_hand_over_nothing(children: Children) -> None:
    ended = children.route(
        "import anvil.server\n@anvil.server.route('/')\ndef f():\n    open('x', 'w').write('1')\n    return 'hi'"
    )

    assert [message for message in ended.messages if message.get("type") == "FILE"] == []
