"""Pieces of Python and YAML as text: names, quoted texts, and lines as long as ruff makes them."""

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence

#: Of a line of Python, as ruff has it when nobody says otherwise.
LINE_CHARS = 88
#: Of a name that is made, so that no line of which it is part gets too long.
_NAME_CHARS = 20


def snake(text: str, otherwise: str) -> str:
    """Return a name for Python made of any words: "First name" is first_name."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", plain).lower()
    name = re.sub(r"[^a-z0-9]+", "_", words).strip("_")[:_NAME_CHARS].strip("_")
    return name if name and not name[0].isdigit() else otherwise


def camel(text: str, otherwise: str) -> str:
    """Return a name for a class made of any words: "first name" is FirstName."""
    return "".join(word.capitalize() for word in snake(text, otherwise).split("_"))


def free(name: str, taken: Collection[str]) -> str:
    """Return the name, with a number behind it if it is taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def quoted(text: str) -> str:
    """Return a text as a literal of Python, in the quotes that ruff prefers."""
    double = json.dumps(text, ensure_ascii=False)
    if text.count('"') <= text.count("'"):
        return double
    return "'" + double[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


def entry(key: str, value: Sequence[str], indent: str = "    ") -> Iterator[str]:
    """Yield the lines of an entry of a dictionary whose value is a tuple of these expressions."""
    line = f"{indent}{quoted(key)}: ({', '.join(value)}),"
    if _width(line) <= LINE_CHARS:
        yield line
        return
    yield f"{indent}{quoted(key)}: ("
    yield from (f"{indent}    {one}," for one in value)
    yield f"{indent}),"


def yaml_map(**values: object) -> str:
    """Return a mapping of YAML in one line; JSON's texts are YAML's, too."""
    return "{" + ", ".join(f"{key}: {yaml_value(value)}" for key, value in values.items()) + "}"


def yaml_value(value: object) -> str:
    """Return a value of YAML in one line; plain words without quotes."""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*( [A-Za-z0-9_.-]+)*", value):
        if value.lower() not in {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}:
            return value
    return json.dumps(value, ensure_ascii=False)


def joined(lines: Iterable[str]) -> str:
    """Return lines as a file."""
    return "\n".join(lines) + "\n"


def _width(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
