"""A GUI of a script's arguments: typed fields, a button that runs it on the server, and what it printed."""

from collections.abc import Mapping
from dataclasses import dataclass

from widget_model.files import MAIN, FileContent, Files
from widget_model.forms.fields import Field, Form
from widget_model.made_forms.look import look
from widget_model.made_forms.script_server import server_module
from widget_model.made_forms.template import Part, row, template
from widget_model.made_forms.text import free, joined, snake, yaml_value
from widget_model.requirements import REQUIREMENTS

FORM = "ScriptForm"
_FOLDER = "script"


@dataclass(frozen=True)
class Input:
    """A field with the key that the form knows it by."""

    key: str
    field: Field

    @property
    def name(self) -> str:
        """What its component is called."""
        ends = {"flag": "check", "choice": "choice", "date": "picker", "datetime": "picker"}
        return f"{self.key}_{'area' if self.field.many else ends.get(self.field.type, 'box')}"


def script_app(title: str, form: Form, files: Files) -> dict[str, FileContent]:
    """Return the files of a GUI that runs the script whose files these are, with what its form says."""
    inputs = _inputs(form)
    shown = " ".join(title.split())
    manifest = [
        f"name: {yaml_value(shown)}",
        "package_name: script_form",
        f"startup: {{module: {FORM}, type: form}}",
        "client_version: '3'",
        "runtime_options: {client_version: '3', version: 2}",
        f"metadata: {{title: {yaml_value(shown)}}}",
        "services: []",
        "dependencies: []",
        "db_schema: {}",
    ]
    readme = (
        "A form for a script: what is typed becomes its arguments.\n\n"
        f"- `{_FOLDER}/` has the script as it was when this was made\n"
        "- `server_code/RunScript.py` runs it on the server\n"
        f"- `client_code/{FORM}` is the page\n"
    )
    folder = f"client_code/{FORM}"
    return {
        "anvil.yaml": joined(manifest),
        "README.md": readme,
        f"{folder}/form_template.yaml": template(_parts(shown, form, inputs)),
        f"{folder}/__init__.py": _code(inputs),
        "server_code/RunScript.py": server_module(form.kind, {one.key: one.field for one in inputs}),
        **look(),
        **_script(files),
    }


def _inputs(form: Form) -> tuple[Input, ...]:
    taken: set[str] = set()
    found = []
    for number, one in enumerate(form.fields, 1):
        key = free(snake(one.name, f"argument_{number}"), taken)
        taken.add(key)
        found.append(Input(key, one))
    return tuple(found)


def _script(files: Files) -> Mapping[str, FileContent]:
    """The script's own files in a folder of theirs, where none is taken for a module of the app; its packages."""
    made = {f"{_FOLDER}/{path}": content for path, content in files.items() if path not in ("README.md", REQUIREMENTS)}
    assert f"{_FOLDER}/{MAIN}" in made
    return {**made, **({REQUIREMENTS: files[REQUIREMENTS]} if REQUIREMENTS in files else {})}


def _parts(title: str, form: Form, inputs: tuple[Input, ...]) -> tuple[Part, ...]:
    told = (Part("about", "Label", {"text": form.description}),) if form.description else ()
    fields = [part for number, one in enumerate(inputs) for part in row(number, *_field(one))]
    run = Part(
        "run_button",
        "Button",
        {"align": "left", "icon": "fa:play", "role": "filled-button", "text": "Run"},
        events={"click": "run_button_click"},
    )
    card = Part("fields_card", "ColumnPanel", {"role": "card"}, parts=(*fields, *row(len(inputs), run)))
    status = Part("status", "Label", {"role": "subheading", "text": "What the script prints is shown here."})
    output = Part("output", "Label", {"font": "monospace", "text": ""})
    result = Part("output_card", "ColumnPanel", {"role": "card"}, parts=(*row(0, status), *row(1, output)))
    heading = Part("heading", "Label", {"role": "headline", "text": title})
    parts = (heading, *told, card, result)
    return tuple(placed for number, part in enumerate(parts) for placed in row(number, part))


def _field(one: Input) -> tuple[Part, ...]:
    """The components of one argument, which share a column: its name above, what it is for below."""
    field = one.field
    said = f"{field.name}{' (needed)' if field.required else ''}"
    column: dict[str, object] = {"grid_position": f"F{one.key},F{one.key}"}
    hint = " ".join([field.help, f"Without one it is {field.default}." if field.default else ""]).strip()
    help_part = (Part(f"{one.key}_hint", "Label", {"font_size": 13, "text": hint}, column),) if hint else ()
    if field.type == "flag":
        box = Part(one.name, "CheckBox", {"checked": field.is_on, "text": field.name}, column)
        return (box, *help_part)
    label = Part(f"{one.key}_label", "Label", {"role": "input-prompt", "text": said}, column)
    return (label, _input(one, column), *help_part)


def _input(one: Input, column: dict[str, object]) -> Part:
    field = one.field
    if field.many:
        return Part(one.name, "TextArea", {"placeholder": "One a line"}, column)
    if field.type == "choice":
        items: dict[str, object] = {"include_placeholder": True, "placeholder": "Choose"}
        return Part(one.name, "DropDown", {**items, "items": list(field.choices)}, column)
    if field.type in ("date", "datetime"):
        return Part(one.name, "DatePicker", {"pick_time": field.type == "datetime"}, column)
    return Part(one.name, "TextBox", {"type": "number"} if field.type in ("integer", "number") else {}, column)


def _code(inputs: tuple[Input, ...]) -> str:
    typed = [f'            "{one.key}": {_typed(one)},' for one in inputs]
    return f"""\
from ._anvil_designer import {FORM}Template
from anvil import *
import anvil.server


class {FORM}({FORM}Template):
    def __init__(self, **properties):
        self.init_components(**properties)

    def run_button_click(self, **event_args):
        self.run_button.enabled = False
        self.status.text = "Running …"
        try:
            answer = anvil.server.call("run_script", self.values())
        finally:
            self.run_button.enabled = True
        self.status.text = "It failed." if answer["failed"] else "Done."
        self.output.text = answer["output"] or "It printed nothing."

    def values(self):
        typed = {{
{chr(10).join(typed)}
        }}
        # What is left empty is left to the script's own defaults.
        return {{key: value for key, value in typed.items() if value not in (None, "")}}
"""


def _typed(one: Input) -> str:
    """The expression of what was typed."""
    attribute = {"flag": "checked", "choice": "selected_value", "date": "date", "datetime": "date"}
    return f"self.{one.name}.{'text' if one.field.many else attribute.get(one.field.type, 'text')}"
