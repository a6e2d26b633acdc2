"""Entry point of the ``widgetry`` command: ``up`` serves, ``doctor`` tells what this machine can do, ``backup`` and
``restore`` keep what must not be lost.

All other commands are the client's (``widget_cli``).
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from widget_all_in_one.options import add_backup_commands, add_up_arguments, up_options
from widget_cli import commands as client


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command named by the arguments and return its exit status."""
    given, after = client.split(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="widgetry", description="Widgets in Python, made and run in the browser.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="set everything up and serve the site", prog="ops/up")
    add_up_arguments(up)
    doctor = commands.add_parser("doctor", help="tell what this machine can and cannot do")
    add_up_arguments(doctor)
    add_backup_commands(commands)
    client.add(commands)
    chosen = parser.parse_args(given)
    if hasattr(chosen, "function"):
        return client.run(chosen, after)
    # Imported here: `--help` and a wrong argument answer at once.
    if chosen.command in ("backup", "restore"):
        backups = importlib.import_module("widget_all_in_one.backup")
        done: int = getattr(backups, chosen.command)(chosen)
        return done
    module = importlib.import_module(f"widget_all_in_one.{chosen.command}")
    status: int = getattr(module, chosen.command)(up_options(chosen))
    return status


if __name__ == "__main__":
    sys.exit(main())
