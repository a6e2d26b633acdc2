"""Forms of GUIs that are made of something that is there: of a table, or of what a script takes.

What comes out is an app like any other: read, changed and drawn by its owner. It is formatted as ruff does it, and runs
on both engines.
"""

from widget_model.made_forms.columns import FormColumn
from widget_model.made_forms.script_form import script_app
from widget_model.made_forms.table_form import form_name, table_app, table_form

__all__ = ["FormColumn", "form_name", "script_app", "table_app", "table_form"]
