"""A form's template as text: components with what they say, one below the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from widget_model.made_forms.text import yaml_map, yaml_value


@dataclass(frozen=True)
class Part:
    """A component of a form that is made."""

    name: str
    type: str
    properties: dict[str, object] = field(default_factory=dict)
    layout: dict[str, object] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    #: property → expression, and whether what is typed is written back.
    bindings: dict[str, tuple[str, bool]] = field(default_factory=dict)
    parts: tuple["Part", ...] = ()


def template(parts: Sequence[Part], container: str = "ColumnPanel") -> str:
    """Return the text of ``form_template.yaml``."""
    lines = ["components:", *_lines(parts, "")] if parts else ["components: []"]
    return "\n".join([*lines, "container:", f"  type: {container}", "  properties: {}", "is_package: true"]) + "\n"


def column(*parts: Part) -> tuple[Part, ...]:
    """Return components for a ColumnPanel, each in a row of its own."""
    return tuple(row(index, part)[0] for index, part in enumerate(parts))


def row(number: int, *parts: Part) -> tuple[Part, ...]:
    """Return components for a ColumnPanel that share a row, the others have other numbers."""
    at = _letters(number)
    placed = []
    for index, one in enumerate(parts):
        layout = {"grid_position": f"{at},{at}{_letters(index)}", **one.layout}
        placed.append(Part(one.name, one.type, one.properties, layout, one.events, one.bindings, one.parts))
    return tuple(placed)


def _letters(number: int) -> str:
    first, second = divmod(number, 26)
    return chr(65 + first % 26) + chr(65 + second)


def _lines(parts: Sequence[Part], indent: str) -> list[str]:
    lines: list[str] = []
    for part in parts:
        lines += [f"{indent}- name: {part.name}", f"{indent}  type: {part.type}"]
        lines += _properties(part, indent)
        if part.layout:
            lines.append(f"{indent}  layout_properties: {yaml_map(**part.layout)}")
        if part.events:
            lines.append(f"{indent}  event_bindings: {yaml_map(**part.events)}")
        if part.bindings:
            lines.append(f"{indent}  data_bindings:")
        for name, (code, writes) in part.bindings.items():
            lines.append(f"{indent}  - {yaml_map(property=name, code=code, **({'writeback': True} if writes else {}))}")
        if part.parts:
            lines += [f"{indent}  components:", *_lines(part.parts, indent + "  ")]
    return lines


def _properties(part: Part, indent: str) -> list[str]:
    """Return the lines of what a component says; a list of mappings is one of lines."""
    if not any(_is_lines(value) for value in part.properties.values()):
        return [f"{indent}  properties: {yaml_map(**part.properties)}"] if part.properties else []
    lines = [f"{indent}  properties:"]
    for name, value in part.properties.items():
        if isinstance(value, list) and _is_lines(value):
            lines += [f"{indent}    {name}:", *(f"{indent}    - {yaml_map(**one)}" for one in value)]
        else:
            lines.append(f"{indent}    {name}: {yaml_value(value)}")
    return lines


def _is_lines(value: object) -> bool:
    """Whether it is a list of mappings, which is written one a line."""
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)
