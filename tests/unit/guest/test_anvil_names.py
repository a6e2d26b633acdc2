"""The adapter stands on private names of the pinned wheel: each must be there."""

import pytest
from tests.unit.guest.harness import Children, Message, start

from widget_guest.anvil_adapter import PRIVATE_NAMES


@pytest.mark.parametrize("module", sorted(PRIVATE_NAMES))
def test_the_pinned_wheel_has_every_private_name_that_we_use(children: Children, module: str) -> None:
    program = (
        f"import anvil.server, importlib; m = importlib.import_module({module!r});"
        f"print([name for name in {PRIVATE_NAMES[module]!r} if not hasattr(m, name)])"
    )

    done = children.run_program("-c", program)

    assert done.stdout == "[]\n", done.stderr


def test_threads_are_started_in_one_place_only(children: Children) -> None:
    source = (children.anvil / "anvil/_threaded_server.py").read_text()

    assert source.count("threading.Thread(") == 1
    assert source.count("re.match(") == 1


def test_importing_the_library_starts_no_thread(children: Children) -> None:
    done = children.run_program("-c", "import threading, anvil.server; print(threading.active_count())")

    assert done.stdout == "1\n", done.stderr


def test_modules_of_integrations_import_in_user_code_and_their_calls_reach_the_site(children: Children) -> None:
    source = """
import anvil.google.auth, anvil.google.drive, anvil.google.mail, anvil.google.sheets
import anvil.microsoft.auth, anvil.facebook.auth, anvil.stripe, anvil.server
for ask in (anvil.google.auth.get_user_email, anvil.microsoft.auth.get_user_email, anvil.facebook.auth.get_user_email):
    try:
        ask()
    except anvil.server.ServiceNotAdded as error:
        print("ServiceNotAdded:", error)
try:
    anvil.stripe.new_customer("a@b.example", "token")
except anvil.server.ServiceNotAdded as error:
    print("ServiceNotAdded:", error)
"""

    def refuse(message: Message) -> list[Message]:
        error = {"type": "anvil.server.ServiceNotAdded", "message": message["command"], "trace": []}
        return [{"id": message["id"], "error": error, "objects": []}]

    ended = children.serve([start("script", {"main.py": source})], refuse)

    assert ended.output("stdout").splitlines() == [
        "ServiceNotAdded: anvil.private.google.auth.get_user_email",
        "ServiceNotAdded: anvil.private.microsoft.auth.get_user_email",
        "ServiceNotAdded: anvil.private.facebook.auth.get_user_email",
        "ServiceNotAdded: anvil.private.stripe.new_customer",
    ]
