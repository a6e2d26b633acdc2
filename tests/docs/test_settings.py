"""Every setting is documented, reaches the process that reads it, and no other."""

import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from widget_all_in_one import process_settings
from widget_all_in_one.delegation import Delegation
from widget_all_in_one.folders import Folders
from widget_all_in_one.identities import identities
from widget_all_in_one.image import Image
from widget_all_in_one.options import UpOptions
from widget_all_in_one.process_settings import Environments, environments
from widget_egress.settings import EgressSettings
from widget_runner.settings import RunnerSettings
from widget_site.settings import SiteSettings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "site/widget_site/docs/settings.md").read_text()
CLASSES: dict[str, type[BaseSettings]] = {
    "site": SiteSettings,
    "worker": SiteSettings,
    "runner": RunnerSettings,
    "egress": EgressSettings,
}
ALL = sorted({f"WIDGETRY_{name.upper()}" for cls in CLASSES.values() for name in cls.model_fields})


def given(**operators: str) -> Environments:
    """What each process is told when an operator sets these."""
    data = Path("/data")
    return environments(
        UpOptions(),
        Folders(data, data / "run"),
        {"site": "unix://site", "worker": "unix://worker", "runner": "unix://runner"},
        Delegation("abc", {}),
        identities(),
        Image(data / "image"),
        None,
        operators,
    )


@pytest.mark.parametrize("setting", ALL)
def test_every_setting_is_documented(setting: str) -> None:
    assert f"`{setting}`" in PAGE


def test_every_documented_setting_is_read_somewhere() -> None:
    documented = set(re.findall(r"`(WIDGETRY_[A-Z0-9_]+)`", PAGE))
    sources = [
        path.read_text()
        for folder in ("ops", "runner", "site", "sandbox_images", "tests")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", "") and path.is_file() and "node_modules" not in path.parts
    ]

    unread = {name for name in documented - set(ALL) if not any(name in source for source in sources)}

    assert unread == set()


@pytest.mark.parametrize("process", CLASSES)
def test_each_process_gets_every_setting_that_it_reads(process: str) -> None:
    names = {f"WIDGETRY_{name.upper()}" for name in CLASSES[process].model_fields}
    told = getattr(given(**dict.fromkeys(ALL, "1")), process)

    # Containers' own account has a default that suits; a socket of Docker is found by its usual name.
    assert names - set(told) == set()


def test_the_runner_is_not_told_where_the_database_is() -> None:
    told = given(
        WIDGETRY_DATABASE_URL="postgresql://secret",
        WIDGETRY_DATABASE_URL_FILE="/secret",
        WIDGETRY_SMTP_PASSWORD="secret",
    )

    for process in (told.runner, told.launcher, told.egress):
        assert not any("secret" in value for value in process.values() if value != told.egress["WIDGETRY_EGRESS_DENY"])
    assert told.site["WIDGETRY_DATABASE_URL"] == "postgresql://secret"


def test_nothing_of_our_shell_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    told = given(AWS_SECRET_ACCESS_KEY="secret")

    for process in (told.site, told.worker, told.runner, told.launcher, told.egress):
        assert "AWS_SECRET_ACCESS_KEY" not in process


def test_no_sandbox_may_reach_our_own_services_whatever_is_set() -> None:
    told = given(
        WIDGETRY_DATABASE_URL="postgresql+asyncpg://u:p@db.internal:5432/w",
        WIDGETRY_REDIS_URL="redis://cache.internal:6379",
        WIDGETRY_EGRESS_DENY="10.1.0.0/16",
        WIDGETRY_EGRESS_ALLOW="10.0.0.0/8",
    )

    denied = set(told.egress["WIDGETRY_EGRESS_DENY"].split(","))

    assert denied == {"10.1.0.0/16", "cache.internal", "db.internal", "localhost"}


def test_each_process_knows_redis_by_a_user_of_its_own() -> None:
    told = given()

    assert [process["WIDGETRY_REDIS_URL"] for process in (told.site, told.worker, told.runner)] == [
        "unix://site",
        "unix://worker",
        "unix://runner",
    ]
    assert "WIDGETRY_REDIS_URL" not in told.launcher | told.egress


def test_what_ops_itself_sets_can_not_be_overridden() -> None:
    told = given(WIDGETRY_RUNTIME="/elsewhere", WIDGETRY_LAUNCHER="/elsewhere", WIDGETRY_DATA="/elsewhere")

    assert told.runner["WIDGETRY_RUNTIME"] == "/data/run"
    assert told.site["WIDGETRY_DATA"] == "/data/site"
    assert process_settings.PREFIX == "WIDGETRY_"
