"""What is there in every run without an import."""

from typing import Any

def display(*values: Any, raw: bool = False, **options: Any) -> None:
    """Show each value as a notebook does: table, picture, chart or text. With ``raw`` a value is a map by MIME type."""
