"""``widgetry`` as the client alone installs it."""

import argparse
import sys
from collections.abc import Sequence

from widget_cli import commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command named by the arguments and return its exit status."""
    given, after = commands.split(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="widgetry", description="Widgets in Python, from a terminal.")
    commands.add(parser.add_subparsers(dest="command", required=True, metavar="COMMAND"))
    return commands.run(parser.parse_args(given), after)


if __name__ == "__main__":
    sys.exit(main())
