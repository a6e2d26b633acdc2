"""What the command prints: results on standard output, everything else on standard error."""

import json
import sys
from typing import Any


def say(text: str) -> None:
    """Print a line of the result."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Print a line that is no part of the result."""
    sys.stdout.flush()
    sys.stderr.write(f"{text}\n")


def show_json(value: Any) -> None:
    """Print the result as JSON."""
    say(json.dumps(value, indent=2, ensure_ascii=False))


def plain(text: str) -> str:
    """Return a site's words without what could steer a terminal."""
    return "".join(character if character.isprintable() or character in "\n\t" else "�" for character in text)
