"""``anvil.app``: what a widget's code may know of the widget."""

import _bridge


class _ReadOnly:
    """An object whose attributes code may read and not set."""

    def __init__(self, values):
        self.__dict__.update(values)

    def __setattr__(self, name, value):
        raise AttributeError("This object is read-only")


class ThemeColors:
    """The colours of the theme by name; a new value is drawn at once."""

    def __init__(self, colors):
        self._colors = dict(colors)

    def __getitem__(self, name):
        return self._colors[name]

    def __setitem__(self, name, value):
        self._colors[name] = value
        _bridge.theme_color(name, value)

    def __contains__(self, name):
        return name in self._colors

    def __iter__(self):
        return iter(self._colors)

    def __len__(self):
        return len(self._colors)

    def get(self, name, default=None):
        """Return a colour, or ``default`` when the theme has none of this name."""
        return self._colors.get(name, default)

    def keys(self):
        """Return the names."""
        return self._colors.keys()

    def values(self):
        """Return the colours."""
        return self._colors.values()

    def items(self):
        """Return the names with their colours."""
        return self._colors.items()


class App(_ReadOnly):
    """The widget: ``id``, ``branch``, ``package_name``, ``environment``, ``theme_colors``."""

    def __init__(self):
        pass

    def _set_up(self, args):
        environment = dict(args["app_info"].get("environment") or {})
        environment.setdefault("name", environment.get("description", ""))
        environment.setdefault("tags", [])
        self.__dict__.update(
            {
                "id": args["app_info"]["id"],
                "branch": args["app_info"]["branch"],
                "package_name": args["package"],
                "environment": _ReadOnly(environment),
                "theme_colors": ThemeColors(args.get("theme_colors") or {}),
                "_origin": args["origin"],
                "_api_origin": args["api_origin"],
            }
        )


app = App()
