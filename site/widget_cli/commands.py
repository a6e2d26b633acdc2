"""The commands of the client: their arguments, and the module that does each, imported when it is needed."""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

KINDS = ("script", "scheduled", "api", "gui")
#: The site knows what is in them.
PACKAGES = ("minimal", "standard", "data-science", "machine-learning")
VISIBILITIES = ("public", "unlisted", "private")


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what is before ``--``, and after it: the arguments of a script."""
    given = list(arguments)
    if "--" not in given:
        return given, []
    at = given.index("--")
    return given[:at], given[at + 1 :]


def add(commands: Any) -> None:
    """Add every command to a parser's subcommands."""
    for add_some in (_signing, _working, _running, _others):
        add_some(commands)


def run(chosen: argparse.Namespace, after: Sequence[str] = ()) -> int:
    """Do the chosen command; return its exit status."""
    # Imported here: `--help` and a wrong argument answer at once.
    from widget_cli.errors import CliError

    chosen.after = list(after)
    module = importlib.import_module(f"widget_cli.{chosen.module}")
    try:
        status: int = getattr(module, chosen.function)(chosen)
        sys.stdout.flush()
    except CliError as error:
        _tell(error, getattr(chosen, "json", False))
        return error.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read us has enough (`widgetry logs | head`); Python must not complain about that at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return status


def _tell(error: Exception, as_json: bool) -> None:
    from widget_cli.said import plain

    sys.stdout.flush()
    text = json.dumps({"error": {"message": str(error)}}) if as_json else f"widgetry: {plain(str(error))}"
    sys.stderr.write(f"{text}\n")


def _command(commands: Any, name: str, module: str, text: str, *, function: str = "", more: str = "") -> Any:
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}. {more}".strip())
    parser.add_argument("--site", metavar="URL", help="the site (else $WIDGETRY_SITE, the folder's, the last sign-in)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(module=module, function=function or name)
    return parser


def _widget(parser: Any) -> None:
    parser.add_argument("widget", nargs="?", metavar="NAME", help="a widget's name or address; else the folder's")


def _signing(commands: Any) -> None:
    more = "Opens the page that makes a token, and asks for it; or reads it from standard input."
    login = _command(commands, "login", "signing", "sign in at a site", more=more)
    login.add_argument("--no-browser", action="store_true", help="only tell the address of the page")
    _command(commands, "logout", "signing", "revoke and forget the token of a site")
    _command(commands, "whoami", "signing", "tell who you are, and what your token may do")


def _working(commands: Any) -> None:
    new = _command(commands, "new", "working", "make a widget, and a folder for it")
    new.add_argument("kind", choices=KINDS)
    new.add_argument("folder", nargs="?", metavar="FOLDER", help="where; with a main.py in it, that is the widget")
    new.add_argument("--title")
    new.add_argument("--packages", choices=PACKAGES, help="a list of packages to begin with")
    new.add_argument("--visibility", choices=VISIBILITIES, default="private", help="(%(default)s)")
    pull = _command(commands, "pull", "working", "get a widget's files, or what changed there")
    pull.add_argument("widget", nargs="?", metavar="NAME", help="a widget's name or address; else the folder's")
    pull.add_argument("folder", nargs="?", metavar="FOLDER", help="where (NAME)")
    conflicts = pull.add_mutually_exclusive_group()
    conflicts.add_argument("--force", action="store_true", help="theirs win; yours are kept in .widgetry/replaced")
    conflicts.add_argument("--mine", action="store_true", help="yours stay where both changed")
    push = _command(commands, "push", "working", "save the folder's files as a revision, which is live at once")
    push.add_argument("-m", "--message", default="", help="what the revision says about itself")
    push.add_argument("--force", action="store_true", help="over newer revisions; those stay in the history")
    _command(commands, "status", "working", "tell what changed here and there")
    diff = _command(commands, "diff", "working", "show what changed here since the last pull or push")
    diff.add_argument("paths", nargs="*", metavar="PATH")
    diff.add_argument("--remote", action="store_true", help="compare with the newest revision on the site")


def _running(commands: Any) -> None:
    more = "Arguments of the script go after --. The exit status is the script's; Ctrl-C stops it."
    run = _command(commands, "run", "running", "run a script on the site and show its output", more=more)
    _widget(run)
    run.add_argument("--push", action="store_true", help="push the folder first")
    logs = _command(commands, "logs", "running", "show what runs and requests printed")
    _widget(logs)
    logs.add_argument("-f", "--follow", action="store_true", help="go on with new ones until Ctrl-C")
    logs.add_argument("-n", type=_count, default=5, metavar="N", help="how many of the last ones (%(default)s)")


def _others(commands: Any) -> None:
    opened = _command(commands, "open", "others", "open a widget in the browser", function="open_widget")
    _widget(opened)
    opened.add_argument("--edit", action="store_true", help="its editor")
    opened.add_argument("--print", action="store_true", dest="only_print", help="only tell the address")
    export = _command(commands, "export", "others", "save a widget as a zip file", function="export_widget")
    _widget(export)
    export.add_argument("-o", "--output", metavar="FILE", help="which file (NAME.zip); - for standard output")
    imported = _command(commands, "import", "others", "make a widget of a zip file", function="import_widget")
    imported.add_argument("file", metavar="FILE")
    imported.add_argument("--into", metavar="NAME", help="into the draft of this widget instead")
    imported.add_argument("--replace-draft", action="store_true", help="also when it has text that was not saved")
    imported.add_argument("--visibility", choices=VISIBILITIES, default="private", help="(%(default)s)")
    listed = _command(commands, "list", "others", "list your widgets", function="list_widgets")
    listed.add_argument("-q", "--query", default="", help="words that are in the name, title or description")
    listed.add_argument("--all", action="store_true", help="everybody's public ones too")


def _count(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 100")
    return number
