"""A value as a map by MIME type, by the protocol of notebooks: ``_repr_html_`` and its like, which libraries know."""

import json
import sys
from collections.abc import Callable
from typing import Any

from widget_guest import showing, tracebacks
from widget_guest.rich import figures, pictures

_TEXT_CHARS = 100_000
#: Methods of the protocol, each with the type of what it returns.
_METHODS = (
    ("_repr_html_", "text/html"),
    ("_repr_markdown_", "text/markdown"),
    ("_repr_svg_", "image/svg+xml"),
    ("_repr_png_", "image/png"),
    ("_repr_jpeg_", "image/jpeg"),
    ("_repr_json_", "application/json"),
)
PLOTLY = "application/vnd.plotly.v1+json"


def bundle_of(value: Any) -> dict[str, Any]:
    """Return what to show of ``value``, always with a text; {} when it showed itself.

    A method of its own that fails is told on stderr, and what is left is shown.
    """
    if not isinstance(value, type):
        own = _own_display(value)
        if own is not None:
            return own
        if figures.is_figure(value):
            return within_bounds({"image/png": figures.png_of(value), "text/plain": _text_of(value)})
    made = {} if isinstance(value, type) else _from_protocol(_as_frame(value))
    made = made or pictures.bundle_of(value)
    made.setdefault("text/plain", _text_of(value))
    return within_bounds(made)


def within_bounds(bundle: dict[str, Any]) -> dict[str, Any]:
    """Return the bundle without what is too large to be shown, and with a text that says so."""
    most = showing.shown_bytes()
    kept: dict[str, Any] = {}
    for kind, content in bundle.items():
        size = len(content) if isinstance(content, (bytes, str)) else 0
        if kind != "text/plain" and size > most:
            words = f"[{kind} of {size / 1e6:.1f} MB: at most {most / 1e6:.1f} MB can be shown]"
            bundle = {**bundle, "text/plain": f"{bundle.get('text/plain', '')}\n{words}".strip()}
        elif kind != "text/plain":
            kept[kind] = content
    return {**kept, "text/plain": str(bundle.get("text/plain", ""))[:_TEXT_CHARS]}


def _as_frame(value: Any) -> Any:
    """Return a series of pandas as the table that it is: alone it has only a text."""
    pandas: Any = sys.modules.get("pandas")
    series: type[Any] | None = getattr(pandas, "Series", None)
    if series is None or not isinstance(value, series):
        return value
    try:
        return value.to_frame()
    except Exception:  # a kind of series that can't
        return value


def _own_display(value: Any) -> dict[str, Any] | None:
    """Let a value show itself; None when it has no way of its own."""
    method = _method(value, "_ipython_display_")
    if method is None:
        return None
    try:
        method()
    except NotImplementedError:
        return None
    except Exception as error:
        _tell("_ipython_display_", error)
        return None
    return {}


def _from_protocol(value: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    whole = _call(value, "_repr_mimebundle_", include=None, exclude=None)
    if isinstance(whole, tuple):
        whole = whole[0]
    if isinstance(whole, dict):
        made.update({str(kind): _clean(str(kind), content) for kind, content in whole.items() if content is not None})
    for name, kind in _METHODS:
        # Pillow gives a picture as PNG and as JPEG: one of them is enough.
        if kind not in made and not (kind == "image/jpeg" and "image/png" in made):
            content = _call(value, name)
            # Some return (content, metadata).
            content = content[0] if isinstance(content, tuple) and content else content
            if content is not None:
                made[kind] = _clean(kind, content)
    return {kind: content for kind, content in made.items() if content is not None}


def _clean(kind: str, content: Any) -> Any:
    """Return the content in the form in which it travels: bytes for pictures, text, or what JSON holds."""
    if kind.endswith("json"):
        return json_value(content if isinstance(content, str) else json.dumps(content, default=str))
    if kind.startswith("image/") and kind != "image/svg+xml":
        return pictures.bytes_of(content)
    if isinstance(content, bytes):
        return content.decode("utf-8", "replace")
    return content if isinstance(content, str) else str(content)


def json_value(text: str) -> Any:
    """Return JSON in the form in which it travels: a long one stays the text that it is."""
    return text if len(text) > showing.INLINE_CHARS else json.loads(text)


def _call(value: Any, name: str, **options: Any) -> Any:
    method = _method(value, name)
    if method is None:
        return None
    try:
        return method(**options)
    except NotImplementedError:
        return None
    except TypeError:
        return _call_bare(method, name) if options else None
    except Exception as error:  # user code's
        _tell(name, error)
        return None


def _call_bare(method: Callable[[], Any], name: str) -> Any:
    try:
        return method()
    except Exception as error:  # user code's
        _tell(name, error)
        return None


def _method(value: Any, name: str) -> Callable[..., Any] | None:
    """Return a method by which its class means to be shown; not one of an object that has every name."""
    if not hasattr(type(value), name) and name not in getattr(value, "__dict__", ()):
        return None
    try:
        method = getattr(value, name)
    except Exception:
        return None
    return method if callable(method) else None


def _text_of(value: Any) -> str:
    try:
        return repr(value)
    except Exception as error:  # user code's
        return f"<{type(value).__qualname__}: its __repr__ failed: {tracebacks.str_of(error)}>"


def _tell(name: str, error: Exception) -> None:
    sys.stderr.write(f"{name} failed: {tracebacks.type_name(error)}: {tracebacks.str_of(error)}\n")
