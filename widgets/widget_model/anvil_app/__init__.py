"""Anvil apps as trees of files: read without a look at anything else, whatever is in them."""

from widget_model.anvil_app.app import CLIENT, SERVER, AnvilApp, code_findings, form_json, package_of, read_app
from widget_model.anvil_app.findings import Finding
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
    "TableSpec",
    "asset_path",
    "code_findings",
    "form_json",
    "package_of",
    "read_app",
    "with_tables",
]
