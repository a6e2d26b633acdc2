"""The adapter stands on private names of the pinned wheel: each must be there."""

import pytest
from tests.unit.guest.harness import Children

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
