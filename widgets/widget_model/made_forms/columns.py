"""What a form does with each type of column: how it is typed, checked and shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from widget_model.made_forms.template import Part
from widget_model.made_forms.text import free, snake


@dataclass(frozen=True)
class FormColumn:
    """A column of the table that a form is made of."""

    name: str
    type: str
    #: For a link: the table that it leads to, and the column whose value its rows are called by (None: there is none).
    target: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Keyed:
    """A column with the key that the form knows it by, which is short and a name in Python."""

    key: str
    column: FormColumn

    @property
    def type(self) -> str:
        """The column's type."""
        return self.column.type


#: Names that a form's items have beside their columns.
_TAKEN = {"id"}
_FIELDS = {
    "string": "box",
    "number": "box",
    "simpleObject": "area",
    "bool": "check",
    "date": "picker",
    "datetime": "picker",
    "link_single": "choice",
    "link_multiple": "panel",
    "media": "loader",
}
CHECKS = {
    "string": "a_text",
    "number": "a_number",
    "simpleObject": "an_object",
    "bool": "a_flag",
    "date": "a_date",
    "datetime": "a_moment",
    "link_single": "a_link",
    "link_multiple": "some_links",
    "media": "a_file",
}
_NEW = {"string": '""', "simpleObject": '""', "bool": "False", "link_multiple": "[]"}


def keyed(columns: Sequence[FormColumn]) -> tuple[Keyed, ...]:
    """Give each column its key; those of types that forms do not know are left out."""
    taken = set(_TAKEN)
    found = []
    for number, column in enumerate(columns, 1):
        if column.type in CHECKS:
            key = free(snake(column.name, f"column_{number}"), taken)
            taken |= {key, f"{key}_shown"}
            found.append(Keyed(key, column))
    return tuple(found)


def field_name(one: Keyed) -> str:
    """Return what its component is called."""
    return f"{one.key}_{_FIELDS[one.type]}"


def new_value(one: Keyed) -> str:
    """Return the expression that a new row begins with."""
    return _NEW.get(one.type, "None")


def fields(one: Keyed) -> tuple[Part, ...]:
    """Return the components that a column is typed into, the first of which names the others."""
    name, code = field_name(one), f'self.item["{one.key}"]'
    label = Part(f"{one.key}_label", "Label", {"role": "input-prompt", "text": one.column.name})
    match one.type:
        case "bool":
            return (Part(name, "CheckBox", {"text": one.column.name}, bindings={"checked": (code, True)}),)
        case "number":
            return label, Part(name, "TextBox", {"type": "number"}, bindings={"text": (code, True)})
        case "simpleObject":
            shown: dict[str, object] = {"font": "monospace", "placeholder": '{"as": "JSON"}'}
            return label, Part(name, "TextArea", shown, bindings={"text": (code, True)})
        case "date":
            return label, Part(name, "DatePicker", {"format": "%d %b %Y"}, bindings={"date": (code, True)})
        case "datetime":
            timed: dict[str, object] = {"format": "%d %b %Y, %H:%M", "pick_time": True}
            return label, Part(name, "DatePicker", timed, bindings={"date": (code, True)})
        case "link_single":
            chosen: dict[str, object] = {"include_placeholder": True, "placeholder": "None"}
            return label, Part(name, "DropDown", chosen, bindings={"selected_value": (code, True)})
        case "link_multiple":
            return label, Part(name, "FlowPanel")
        case "media":
            image = Part(f"{one.key}_image", "Image", {"height": 120}, bindings={"source": (code, False)})
            loader = Part(name, "FileLoader", {"text": "Choose a file"}, events={"change": f"{name}_change"})
            return label, image, loader
    return label, Part(name, "TextBox", bindings={"text": (code, True)})


def cell(one: Keyed) -> Part | None:
    """Return the component that shows the value in a row of the list; None where the grid shows it as it is."""
    value = f'self.item["{one.key}"]'
    match one.type:
        case "bool":
            code = f'"Yes" if {value} else "No"'
        case "datetime":
            # Not strftime: Light has it for years after 1900 only.
            code = f'str({value})[:16] if {value} else ""'
        case "media":
            code = f'{value}.name if {value} else ""'
        case _:
            return None
    return Part(f"{one.key}_label", "Label", layout={"column": one.key}, bindings={"text": (code, False)})
