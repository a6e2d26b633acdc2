"""A command that ends by itself, run as one of the identities (migrations, the first link)."""

import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from widget_all_in_one.identities import Identity
from widget_all_in_one.steps import SetupError, indented_tail


def run(
    command: Sequence[str], env: Mapping[str, str], who: Identity, separated: bool, timeout_s: float = 120.0
) -> str:
    """Run a command and return what it printed; SetupError with its last lines when it fails."""
    user: dict[str, Any] = {}
    if separated:
        user = {"user": who.uid, "group": who.gid, "extra_groups": list(who.groups), "umask": 0o022}
    try:
        done = subprocess.run(
            command,
            env=dict(env),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            **user,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{' '.join(command)}: {error}") from error
    if done.returncode != 0:
        said = indented_tail(done.stdout + done.stderr)
        raise SetupError(f"{' '.join(command)} failed (exit {done.returncode}):\n{said}")
    return str(done.stdout)
