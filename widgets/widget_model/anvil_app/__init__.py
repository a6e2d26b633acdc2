"""Anvil apps as trees of files: read without a look at anything else, whatever is in them."""

from widget_model.anvil_app.app import CLIENT, SERVER, AnvilApp, code_findings, form_json, read_app
from widget_model.anvil_app.findings import Finding
from widget_model.anvil_app.form_changes import form_changes, templates_in
from widget_model.anvil_app.libraries import Packages, library_findings, packages_of, with_libraries
from widget_model.anvil_app.manifest import MANIFEST, ColumnSpec, Manifest, TableSpec
from widget_model.anvil_app.theme import asset_path
from widget_model.anvil_app.writing import with_tables

__all__ = [
    "CLIENT",
    "MANIFEST",
    "SERVER",
    "AnvilApp",
    "ColumnSpec",
    "Finding",
    "Manifest",
    "Packages",
    "TableSpec",
    "asset_path",
    "code_findings",
    "form_changes",
    "form_json",
    "library_findings",
    "packages_of",
    "read_app",
    "templates_in",
    "with_libraries",
    "with_tables",
]
