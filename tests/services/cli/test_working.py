"""new, pull, push, status, diff (X-09): a widget in a folder, and what happens when two change it."""

import json
from collections.abc import Callable
from typing import Any

from tests.services.cli.conftest import Terminal


def files_of(terminal: Terminal, slug: str, revision: int | None = None) -> dict[str, Any]:
    path = f"/widgets/{slug}" + (f"/revisions/{revision}" if revision else "")
    found: dict[str, Any] = terminal.person.call("GET", path).json["files"]
    return found


def test_a_starter_is_made_and_runs(terminal: Terminal) -> None:
    made = terminal("new", "script", "squares", "--json")
    terminal.cwd /= "squares"
    ran = terminal("run")

    assert made.status == 0
    assert terminal.file("main.py").read_text() == files_of(terminal, made.json["slug"])["main.py"]
    assert ran.status == 0
    assert ran.out


def test_a_folder_with_code_becomes_a_widget(terminal: Terminal) -> None:
    terminal.file("lib").mkdir()
    terminal.file("main.py").write_text("import lib.x\n")
    terminal.file("lib/x.py").write_text("print('x')\n")
    terminal.file(".env").write_text("SECRET=1")
    terminal.file("__pycache__").mkdir()
    terminal.file("__pycache__/main.pyc").write_text("")
    terminal.file("notes.txt").write_text("mine")
    terminal.file(".widgetryignore").write_text("# not these\n*.txt\n")
    terminal.file("link.py").symlink_to("/etc/passwd")

    made = terminal("new", "script", ".", "--title", "Of a folder", "--json")

    assert made.status == 0, made.err
    assert files_of(terminal, made.json["slug"]) == {"main.py": "import lib.x\n", "lib/x.py": "print('x')\n"}
    assert "already" in terminal("new", "script", ".").err


def test_x_09_what_changes_in_the_folder_is_shown_and_pushed(terminal: Terminal) -> None:
    slug = terminal.make("print(1)\n")
    terminal.file("main.py").write_text("print(2)\n")
    terminal.file("more.py").write_text("x = 1\n")
    terminal.file("data.bin").write_bytes(b"\xff\x00")

    status = terminal("status", "--json")
    diff = terminal("diff")
    pushed = terminal("push", "-m", "Two files more")
    after = terminal("status")
    nothing = terminal("push", "--json")

    assert status.json["here"] == {"modified": ["main.py"], "added": ["data.bin", "more.py"], "deleted": []}
    assert diff.status == 1
    assert "-print(1)\n+print(2)" in diff.out
    assert "data.bin: differs, and is not text" in diff.out
    assert (pushed.status, "Saved revision 2" in pushed.out) == (0, True)
    assert files_of(terminal, slug)["data.bin"] == {"base64": "/wA="}
    assert "Nothing changed here." in after.out
    assert nothing.json == {"slug": slug, "revision": 2, "changed": []}
    terminal.file("more.py").unlink()
    assert terminal("push").status == 0
    assert sorted(files_of(terminal, slug)) == ["data.bin", "main.py"]


def test_a_widget_is_pulled_by_name_or_address_and_brought_up_to_date(
    terminal: Terminal, another: Callable[[], Terminal]
) -> None:
    slug = terminal.make("print(1)\n")
    other = another()

    cloned = other("pull", f"{terminal.person.stack.url}/w/{slug}/edit", "copy")
    again = other("pull", slug, "copy")
    other.cwd /= "copy"
    terminal.file("main.py").write_text("print(2)\n")
    terminal.file("new.py").write_text("")
    terminal("push")
    other.file("mine.py").write_text("# only here\n")
    updated = other("pull")

    assert (cloned.status, again.status, updated.status) == (0, 0, 0), cloned.err + again.err + updated.err
    assert other.file("main.py").read_text() == "print(2)\n"
    assert other.file("new.py").exists()
    assert other.file("mine.py").read_text() == "# only here\n"


def test_a_push_over_somebody_elses_is_refused_and_says_what_differs(
    terminal: Terminal, another: Callable[[], Terminal]
) -> None:
    slug = terminal.make("print(1)\n")
    other = another()
    other("pull", slug)
    other.cwd /= slug
    other.file("main.py").write_text("print('theirs')\n")
    other.file("helper.py").write_text("")
    other("push")
    terminal.file("main.py").write_text("print('mine')\n")

    refused = terminal("push")
    conflict = terminal("pull")
    shown = terminal("diff", "--remote")

    assert (refused.status, conflict.status, shown.status) == (1, 1, 1)
    assert "Revision 2 was saved since you pulled 1. Nothing was pushed." in refused.err
    assert "A helper.py" in refused.err
    assert "on both sides:\n  main.py" in refused.err
    assert "nothing was touched:\n  main.py" in conflict.err
    assert "+print('mine')" in shown.out
    assert terminal.file("main.py").read_text() == "print('mine')\n"
    assert files_of(terminal, slug)["main.py"] == "print('theirs')\n"

    mine = terminal("pull", "--mine", "--json")
    pushed = terminal("push")
    assert mine.json["kept"] == ["main.py"]
    assert terminal.file("helper.py").exists()
    assert pushed.status == 0
    assert files_of(terminal, slug) == {"main.py": "print('mine')\n", "helper.py": ""}


def test_force_loses_nothing_in_either_direction(terminal: Terminal, another: Callable[[], Terminal]) -> None:
    slug = terminal.make("print(1)\n")
    other = another()
    other("pull", slug)
    other.cwd /= slug
    other.file("main.py").write_text("print('theirs')\n")
    other("push")
    terminal.file("main.py").write_text("print('mine')\n")

    pushed = terminal("push", "--force")
    other.file("main.py").write_text("print('newer')\n")
    pulled = other("pull", "--force", "--json")

    assert pushed.status == 0
    assert "Revision 2, which you had not seen, is kept" in pushed.err
    assert files_of(terminal, slug)["main.py"] == "print('mine')\n"
    assert files_of(terminal, slug, 2)["main.py"] == "print('theirs')\n"
    assert other.file("main.py").read_text() == "print('mine')\n"
    with open(f"{pulled.json['replaced']}/main.py") as kept:
        assert kept.read() == "print('newer')\n"


def test_outside_of_a_widgets_folder_it_says_what_to_do(terminal: Terminal) -> None:
    for command in ("push", "status", "diff", "run", "logs", "pull"):
        done = terminal(command)
        assert done.status == 1
        assert "widgetry pull NAME" in done.err
    terminal.file("full").mkdir()
    terminal.file("full/x").write_text("")
    assert "not empty" in terminal("pull", "some-nice-widget", "full").err
    assert "no widget" in terminal("pull", "some-nice-widget").err


def test_a_damaged_link_is_told(terminal: Terminal) -> None:
    terminal.make()
    terminal.file(".widgetry/folder.json").write_text('{"version": 1}')
    damaged = terminal("status")
    terminal.file(".widgetry/folder.json").write_text(json.dumps({"version": 2}))
    newer = terminal("status")

    assert (damaged.status, newer.status) == (1, 1)
    assert "is damaged" in damaged.err
    assert "newer widgetry" in newer.err
