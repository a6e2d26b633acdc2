"""Parts of figures: dicts whose items are attributes, too, and that make what is below them when it is asked for."""


class Part:
    """``part.title.text = "x"`` and ``part["title"]["text"]`` mean the same; keywords with ``_`` go down: title_text.

    A title may be given as a text.
    """

    def __init__(self, arg=None, **values):
        self.__dict__["_values"] = {}
        if arg is not None:
            self.update(arg)
        self.update(values)

    def update(self, arg=None, **values):
        """Set several items, those below as well; return the part."""
        given = {}
        if arg is not None:
            given.update(arg._values if isinstance(arg, Part) else arg)
        given.update(values)
        for key in given:
            value = given[key]
            old = self._values.get(key)
            if isinstance(old, Part) and isinstance(value, (dict, Part)):
                old.update(value)
            else:
                self[key] = value
        return self

    def __getitem__(self, key):
        if key not in self._values:
            self._values[key] = Part()
        return self._values[key]

    def __setitem__(self, key, value):
        first, _, rest = key.partition("_")
        if rest and first in _NESTED:
            self[first][rest] = value
        elif key == "title" and isinstance(value, str):
            self._values[key] = Part(text=value)
        else:
            self._values[key] = _kept(value)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __setattr__(self, name, value):
        self[name] = value

    def __contains__(self, key):
        return key in self._values

    def __eq__(self, other):
        return plain(self) == plain(other)

    def __ne__(self, other):
        return not self == other

    def __repr__(self):
        return "%s(%r)" % (type(self).__name__, plain(self))

    def to_plotly_json(self):
        """Return it as dicts and lists."""
        return plain(self)


#: Where keywords with an underscore lead to; other names have underscores of their own.
_NESTED = (
    "title",
    "font",
    "marker",
    "line",
    "legend",
    "xaxis",
    "yaxis",
    "margin",
    "hoverlabel",
    "colorbar",
    "textfont",
    "scene",
    "geo",
    "mapbox",
)


def _kept(value):
    if isinstance(value, dict):
        return Part(value)
    if isinstance(value, (list, tuple)):
        return [_kept(item) for item in value]
    return value


def plain(value):
    """Return a value as JSON can carry it: dates as text, what is empty below left out."""
    if isinstance(value, Part):
        value = value._values
    if isinstance(value, dict):
        made = {}
        for key in value:
            item = plain(value[key])
            if item != {} or not isinstance(value[key], Part):
                made[key] = item
        return made
    if isinstance(value, (list, tuple, range)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "_data"):
        return plain(value.to_plotly_json())
    if hasattr(value, "__iter__"):
        return [plain(item) for item in value]
    return str(value)
