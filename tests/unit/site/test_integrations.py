"""Modules of integrations that are not set up: each function that the pinned library calls is answered by name."""

import re
from pathlib import Path

import pytest

from widget_site.services.integrations import missing_integrations
from widget_wire.runs import ServiceCall

_CALLED = re.compile(r"""["'](anvil\.private\.(?:google|microsoft|facebook|stripe)\.[\w.]+)["']""")


def test_every_function_that_the_pinned_library_calls_is_answered(rootfs: Path) -> None:
    folder = rootfs / "opt" / "anvil" / "anvil"
    files = [*folder.glob("google/*.py"), *folder.glob("microsoft/*.py"), *folder.glob("facebook/*.py")]
    called = {name for file in (*files, folder / "stripe.py") for name in _CALLED.findall(file.read_text())}

    assert len(called) > 20
    assert called - missing_integrations().keys() == set()


@pytest.mark.parametrize(
    ("command", "shown"), [("google.auth.get_user_email", "Google"), ("stripe.new_customer", "Stripe")]
)
async def test_its_error_names_the_service(command: str, shown: str) -> None:
    name = f"anvil.private.{command}"
    call = ServiceCall("c", "n", "r", "w", "route", "", name, {"args": []})

    error = (await missing_integrations()[name](call)).message["error"]

    assert error["type"] == "anvil.server.ServiceNotAdded"
    assert error["message"].startswith(f"The {shown} service has not been added to this widget")
