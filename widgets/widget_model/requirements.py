"""The packages a widget asks for: plain requirement lines in its ``requirements.txt`` and nothing else (P-02).

A line names a package, with extras, versions and markers. Whatever else pip's format knows (options, addresses, paths,
editable installs) is refused: it would let a line choose where code comes from.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from widget_model.files import FileContent

REQUIREMENTS = "requirements.txt"
MAX_LINES = 200
MAX_LINE_CHARS = 300


class RequirementError(ValueError):
    """A line that is not taken; the text quotes it and says what would be."""


def check(line: str) -> str:
    """Return the line as it is kept (``Foo[bar]>=1 ; python_version < "4"``); RequirementError for anything else."""
    shown = repr(line[:80])
    if len(line) > MAX_LINE_CHARS:
        raise RequirementError(f"The line {shown} is longer than {MAX_LINE_CHARS} characters.")
    if not line.isascii() or not line.isprintable():
        raise RequirementError(f"The line {shown} holds a character that no requirement has.")
    try:
        parsed = Requirement(line.strip())
    except InvalidRequirement as error:
        raise RequirementError(
            f"{shown} is not a plain requirement. Write a package's name, with a version if you like: requests or "
            "requests==2.32.3. Options, addresses, paths and -e are not taken."
        ) from error
    if parsed.url is not None:
        raise RequirementError(f"{shown} asks for an address. Only packages of the index can be installed.")
    return str(parsed)


def lines_of(files: Mapping[str, FileContent]) -> list[str]:
    """Return the lines of ``requirements.txt`` that ask for something, unchecked."""
    text = files.get(REQUIREMENTS, "")
    lines = text.split("\n") if isinstance(text, str) else [f"({REQUIREMENTS} is not text)"]
    found = (line.split(" #", 1)[0].strip() for line in lines)
    return [line for line in found if line and not line.startswith("#")]


def check_all(lines: Iterable[str]) -> list[str]:
    """Return the lines as they are kept, each once, in order; RequirementError for the first that is not taken."""
    kept = list(dict.fromkeys(check(line) for line in lines))
    if len(kept) > MAX_LINES:
        raise RequirementError(f"A widget asks for at most {MAX_LINES} packages; these are {len(kept)}.")
    return kept


def text_of(lines: Iterable[str]) -> str:
    """Return the content of ``requirements.txt`` for these lines."""
    return "".join(f"{line}\n" for line in lines)


def list_digest(lines: Iterable[str]) -> str:
    """Return what is the same for two lists that ask for the same, whatever their order and spelling."""
    return hashlib.sha256(json.dumps(sorted(map(_canonical, lines))).encode()).hexdigest()


def _canonical(line: str) -> str:
    parsed = Requirement(line)
    parsed.name = canonicalize_name(parsed.name)
    return str(parsed)
