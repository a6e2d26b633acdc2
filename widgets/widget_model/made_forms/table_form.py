"""A list of a table's rows with search, and a dialog to add and change them: three forms' worth of files."""

from collections.abc import Sequence

from widget_model.made_forms.columns import FormColumn, Keyed, cell, field_name, fields, keyed, new_value
from widget_model.made_forms.look import look
from widget_model.made_forms.table_server import server_module
from widget_model.made_forms.template import Part, column, row, template
from widget_model.made_forms.text import camel, joined, snake, yaml_value

#: Pixels for what is short; texts share the rest.
_WIDTHS = {"bool": 90, "number": 110, "date": 130, "datetime": 160}
#: With more columns the list is scrolled sideways: what can be done with a row stands first, and texts have room.
_MOST_BESIDE = 6
_TEXT_WIDTH = 220


def form_name(table: str) -> str:
    """Return what the form of a table is called."""
    return camel(table, "Rows")


def table_form(table: str, title: str, columns: Sequence[FormColumn], name: str) -> dict[str, str]:
    """Return the files of the form ``name`` of a table; ValueError for a table without any column that it can show."""
    all_columns = keyed(columns)
    if not all_columns:
        raise ValueError("The table has no columns yet: add one first.")
    stem = snake(name, "rows")
    return {
        **_form(
            name, template(_list_parts(title, all_columns, name)), _list_code(name, stem, _is_searched(all_columns))
        ),
        **_form(f"{name}Row", template(_row_parts(all_columns), "DataRowPanel"), _row_code(name)),
        **_form(f"{name}Edit", template(_edit_parts(all_columns)), _edit_code(name, stem, all_columns)),
        f"server_code/{name}Table.py": server_module(table, name, stem, all_columns),
    }


def table_app(table: str, title: str, columns: Sequence[FormColumn]) -> dict[str, str]:
    """Return the files of a GUI that shows one table, which it shares with another widget."""
    name = form_name(table)
    shown = title.replace("\n", " ")
    manifest = [
        f"name: {yaml_value(shown)}",
        f"package_name: {snake(table, 'rows')}_form",
        f"startup: {{module: {name}, type: form}}",
        "client_version: '3'",
        "runtime_options: {client_version: '3', version: 2}",
        f"metadata: {{title: {yaml_value(shown)}}}",
        "services:",
        "- {source: /runtime/services/tables.yml}",
        "dependencies: []",
        "db_schema: {}",
    ]
    readme = f"A form for the table `{table}`: a list with search, and a dialog to add and change rows.\n"
    return {"anvil.yaml": joined(manifest), "README.md": readme, **look(), **table_form(table, title, columns, name)}


def _form(name: str, design: str, code: str) -> dict[str, str]:
    folder = f"client_code/{name}"
    return {f"{folder}/form_template.yaml": design, f"{folder}/__init__.py": code}


def _is_searched(columns: Sequence[Keyed]) -> bool:
    return any(one.type == "string" for one in columns)


def _list_parts(title: str, columns: Sequence[Keyed], name: str) -> tuple[Part, ...]:
    grid_columns = _grid_columns(columns)
    rows = Part("rows_panel", "RepeatingPanel", {"item_template": f"{name}Row"})
    looks: dict[str, object] = {"columns": grid_columns, "rows_per_page": 20, "wrap_on": "mobile"}
    grid = Part("rows_grid", "DataGrid", looks, parts=(rows,))
    hint: dict[str, object] = {"text": "Nothing here. Add the first one, or search for less.", "visible": False}
    add_looks: dict[str, object] = {"align": "right", "icon": "fa:plus", "role": "filled-button", "text": "Add"}
    add = Part("add_button", "Button", add_looks, events={"click": "add_button_click"})
    search_events = {"pressed_enter": "show_rows", "change": "search_box_change"}
    search = Part("search_box", "TextBox", {"placeholder": "Search"}, events=search_events)
    tools = (search, add) if _is_searched(columns) else (add,)
    card = Part("list_card", "ColumnPanel", {"role": "card"}, parts=column(grid, Part("empty_hint", "Label", hint)))
    heading = Part("heading", "Label", {"role": "headline", "text": title})
    return (*row(0, heading), *row(1, *tools), *row(2, card))


def _shown(columns: Sequence[Keyed]) -> list[Keyed]:
    """The columns of the list; the dialog has those with JSON, too."""
    return [one for one in columns if one.type != "simpleObject"]


def _is_wide(columns: Sequence[Keyed]) -> bool:
    return len(_shown(columns)) > _MOST_BESIDE


def _grid_columns(columns: Sequence[Keyed]) -> list[dict[str, object]]:
    """The columns of the list, and one for what can be done with a row."""
    is_wide = _is_wide(columns)
    shown: list[dict[str, object]] = []
    for one in _shown(columns):
        width = _WIDTHS.get(one.type, _TEXT_WIDTH if is_wide else None)
        room: dict[str, object] = {"width": width} if width else {"expand": True}
        shown.append({"id": one.key, "title": one.column.name, "data_key": _data_key(one), **room})
    actions: dict[str, object] = {"id": "actions", "title": "", "data_key": "", "width": 190}
    return [actions, *shown] if is_wide else [*shown, actions]


def _data_key(one: Keyed) -> str:
    if one.type in ("link_single", "link_multiple"):
        return f"{one.key}_shown"
    return "" if cell(one) else one.key


def _list_code(name: str, stem: str, is_searched: bool) -> str:
    words = "self.search_box.text" if is_searched else '""'
    emptied = _EMPTIED if is_searched else ""
    return f"""\
from ._anvil_designer import {name}Template
from anvil import *
import anvil.server

from ..{name}Edit import NEW, {name}Edit


class {name}({name}Template):
    def __init__(self, **properties):
        self.init_components(**properties)
        # Rows of the list raise these, see {name}Row.
        self.rows_panel.set_event_handler("x-edit", self.edit)
        self.rows_panel.set_event_handler("x-delete", self.delete)
        self.show_rows()

    def show_rows(self, **event_args):
        rows = anvil.server.call("list_{stem}", {words})
        self.rows_panel.items = rows
        self.rows_grid.visible = len(rows) > 0
        self.empty_hint.visible = len(rows) == 0

{emptied}    def add_button_click(self, **event_args):
        self.edit(NEW)

    def edit(self, row, **event_args):
        # A copy: what is typed counts only when it is saved.
        editor = {name}Edit(item=dict(row))
        title = "Edit" if "id" in row else "Add"
        buttons = [("Save", True, "primary"), ("Cancel", False)]
        # Until the server has nothing against it, or it is given up.
        while alert(editor, title=title, buttons=buttons):
            problem = anvil.server.call("save_{stem}", editor.values())
            if not problem:
                self.show_rows()
                return
            editor.show_problem(problem)

    def delete(self, row, **event_args):
        if confirm("Delete this row?"):
            anvil.server.call("delete_{stem}", row["id"])
            self.show_rows()
"""


_EMPTIED = """\
    def search_box_change(self, **event_args):
        # Enter searches; a field that was emptied shows everything again.
        if not self.search_box.text:
            self.show_rows()

"""


def _row_parts(columns: Sequence[Keyed]) -> tuple[Part, ...]:
    cells = [made for one in _shown(columns) if (made := cell(one)) is not None]
    edit = Part("edit_button", "Button", {"text": "Edit"}, events={"click": "edit_button_click"})
    delete = Part("delete_button", "Button", {"text": "Delete"}, events={"click": "delete_button_click"})
    looks: dict[str, object] = {"align": "left" if _is_wide(columns) else "right"}
    actions = Part("actions_panel", "FlowPanel", looks, {"column": "actions"}, parts=(edit, delete))
    return (*cells, actions)


def _row_code(name: str) -> str:
    return f"""\
from ._anvil_designer import {name}RowTemplate
from anvil import *


class {name}Row({name}RowTemplate):
    # One row of the list: self.item is what the server sent of it.
    def __init__(self, **properties):
        self.init_components(**properties)

    # The form that the list is in decides what happens.
    def edit_button_click(self, **event_args):
        self.parent.raise_event("x-edit", row=self.item)

    def delete_button_click(self, **event_args):
        self.parent.raise_event("x-delete", row=self.item)
"""


def _edit_parts(columns: Sequence[Keyed]) -> tuple[Part, ...]:
    problem = Part("problem", "Label", {"role": "error", "text": "", "visible": False})
    return column(*(part for one in columns for part in fields(one)), problem)


def _edit_code(name: str, stem: str, columns: Sequence[Keyed]) -> str:
    single = [one for one in columns if one.type == "link_single"]
    many = [one for one in columns if one.type == "link_multiple"]
    files = [one for one in columns if one.type == "media"]
    lines = [f"from ._anvil_designer import {name}EditTemplate", "from anvil import *"]
    lines += ["import anvil.server"] if single or many else []
    lines += ["", "# What a new row begins with.", "NEW = {"]
    lines += [f'    "{one.key}": {new_value(one)},' for one in columns]
    lines += ["}", "", "", f"class {name}Edit({name}EditTemplate):"]
    lines += ["    # What is typed is written to self.item, as the data bindings of the template say."]
    lines += ["    def __init__(self, **properties):"]
    lines += ["        # Files that were chosen; one that is there already stays where it is."] if files else []
    lines += ["        self.files = {}"] if files else []
    lines += ["        self.init_components(**properties)"]
    lines += [f'        choices = anvil.server.call("choices_{stem}")'] if single or many else []
    for one in single:
        lines += [f'        pairs = choices["{one.key}"]']
        lines += [f"        self.{field_name(one)}.items = [tuple(pair) for pair in pairs]"]
    for one in many:
        lines += [f'        for text, row_id in choices["{one.key}"]:']
        lines += [f'            is_chosen = row_id in self.item["{one.key}"]']
        lines += ["            box = CheckBox(text=text, tag=row_id, checked=is_chosen)"]
        lines += [f"            self.{field_name(one)}.add_component(box)"]
    lines += ["", "    def values(self):", "        values = dict(self.item)"]
    for one in files:
        lines += [f'        values.pop("{one.key}")']
    lines += ["        values.update(self.files)"] if files else []
    for one in many:
        lines += [f"        boxes = self.{field_name(one)}.get_components()"]
        lines += [f'        values["{one.key}"] = [box.tag for box in boxes if box.checked]']
    lines += ["        return values", "", "    def show_problem(self, text):"]
    lines += ["        self.problem.text = text", "        self.problem.visible = True"]
    for one in files:
        lines += ["", f"    def {field_name(one)}_change(self, file, **event_args):"]
        lines += [f'        self.files["{one.key}"] = file', f"        self.{one.key}_image.source = file"]
    return joined(lines)
