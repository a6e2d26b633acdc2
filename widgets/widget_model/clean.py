"""What user code said, as every database takes it."""

import math
from typing import Any

#: Nesting beyond which a value is refused.
_MAX_DEPTH = 50


def clean_text(text: str) -> str:
    """Return ``text`` without what JSON columns of databases refuse: NUL characters and lone surrogates."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text


def clean_json(value: Any, depth: int = 0) -> Any:
    """Return decoded JSON with every text cleaned; ValueError when it is nested absurdly deep."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"nested deeper than {_MAX_DEPTH} levels")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean_json(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {clean_text(str(key)): clean_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None  # Python reads and writes NaN, browsers don't
    return value
