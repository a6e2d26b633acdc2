"""YAML of strangers as JSON-like values: no tags, no dates, bounded however often an alias repeats itself."""

import math
from typing import Any

import yaml

#: Values of one document, repeated ones counted as often as they are used.
MAX_VALUES = 200_000
MAX_DEPTH = 100


class YamlError(ValueError):
    """A text that is not taken; ``line`` counts from 1, 0 where it is not known."""

    def __init__(self, text: str, line: int = 0) -> None:
        super().__init__(text)
        self.line = line


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """The safe loader, for which dates are texts."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(text: str) -> Any:
    """Return what ``text`` says, in JSON's types alone; YamlError for what is no YAML, or too much."""
    try:
        value = yaml.load(text, Loader=_Loader)  # noqa: S506  # it is a safe one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 0
        raise YamlError(str(error.problem or "it is not YAML")[:200], line) from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise YamlError(str(error).split("\n", 1)[0][:200] or "it is not YAML") from error
    return _Plain().of(value, 0)


class _Plain:
    def __init__(self) -> None:
        self._left = MAX_VALUES

    def of(self, value: Any, depth: int) -> Any:
        """Return ``value`` in JSON's types, every repetition a value of its own."""
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise YamlError("it holds more than is read")
        if isinstance(value, dict):
            return {_key(key): self.of(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple | set):
            return [self.of(item, depth + 1) for item in value]
        if value is None or isinstance(value, str | bool):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        return value if isinstance(value, int) and abs(value) < 2**63 else str(value)[:100]


def _key(key: Any) -> str:
    # In YAML 1.1 "on" and "y" are truths, and in templates they are names of things.
    return key if isinstance(key, str) else {True: "true", False: "false", None: "null"}.get(key) or str(key)[:100]
