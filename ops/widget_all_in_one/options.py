"""What a person may ask of ``ops/up``."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class UpOptions:
    """The arguments of ``ops/up`` (contract.md: Two commands)."""

    host: str = "127.0.0.1"
    port: int = 8000
    data: Path = Path("data")
    #: auto | docker | local
    engine: str = "auto"
    #: Site processes that share the port.
    workers: int = 1

    @property
    def public_host(self) -> str:
        """The name a browser on this machine uses for ``host``."""
        return "localhost" if self.host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::") else self.host  # noqa: S104

    @property
    def url(self) -> str:
        """Where the site is reached."""
        return f"http://{self.public_host}:{self.port}"


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


def _port(text: str) -> int:
    number = int(text)
    if not 0 < number < 65536:
        raise argparse.ArgumentTypeError(f"{text} is not a port (1 to 65535)")
    return number


def add_up_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``up`` to a parser."""
    default = UpOptions()
    parser.add_argument("--host", default=default.host, help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=default.port, help="port to listen on (%(default)s)")
    parser.add_argument(
        "--data", metavar="DIR", type=Path, default=default.data, help="where everything is kept (./%(default)s)"
    )
    parser.add_argument(
        "--engine",
        choices=("auto", "docker", "local"),
        default=default.engine,
        help="how sandboxes are made (%(default)s: docker when an engine answers, else local)",
    )
    parser.add_argument(
        "--workers", metavar="N", type=_positive, default=default.workers, help="site processes (%(default)s)"
    )


def add_backup_commands(commands: Any) -> None:
    """Add ``backup`` and ``restore`` to the commands of ``widgetry``."""
    take = commands.add_parser("backup", help="write the database and all files of widgets to one file")
    restore = commands.add_parser("restore", help="make an empty data folder what a backup holds")
    for parser in (take, restore):
        parser.add_argument("file", type=Path, metavar="FILE")
        default = UpOptions().data
        parser.add_argument("--data", metavar="DIR", type=Path, default=default, help="the data folder (./%(default)s)")
    take.add_argument("--with-key", action="store_true", help="also the key of widgets' secrets: guard the file then")
    restore.add_argument("--key", metavar="FILE", type=Path, help="your copy of the key of widgets' secrets")


def up_options(arguments: argparse.Namespace) -> UpOptions:
    """Return the parsed arguments as a value."""
    return UpOptions(arguments.host, arguments.port, arguments.data.absolute(), arguments.engine, arguments.workers)


def parse(arguments: Sequence[str]) -> UpOptions:
    """Return the options of ``ops/up ARGUMENTS``; exits with a usage message when they are wrong."""
    parser = argparse.ArgumentParser(prog="ops/up", description="Set everything up and serve the site.")
    add_up_arguments(parser)
    return up_options(parser.parse_args(arguments))
