"""RichText: texts for its slots are formatted here, what is drawn is the page's."""

import _bridge

from anvil._component import Component, Container, type_name

_START = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"


class RichTextBase(Container):
    """Markdown, plain text or harmless HTML.

    ``{name}`` in it is a slot: for a value or component of ``data``, formatted as in ``{price:.2f}``, or for components
    that are added to it.
    """

    #: Slots have been filled in, so they must be again.
    _is_filled = False

    @property
    def content(self):
        """The text."""
        return self._values.get("content", "")

    @content.setter
    def content(self, value):
        self._values["content"] = value
        _bridge.set(self._id, "content", "" if value is None else str(value))
        self._fill()

    @property
    def data(self):
        """The values of slots by their names, None for none."""
        return self._values.get("data")

    @data.setter
    def data(self, value):
        if value is not None and not (hasattr(value, "keys") and hasattr(value, "__getitem__")):
            raise TypeError("'data' of a RichText must be a dict or another mapping, not %s" % type_name(value))
        self._values["data"] = value
        self._fill()

    def add_component(self, component, slot=None, **layout):
        """Put a component into a slot, or at the end."""
        if slot is not None:
            layout["slot"] = slot
        Container.add_component(self, component, **layout)
        component._slot = slot

    def clear(self, slot=None):
        """Take all components out, or those in one slot."""
        for component in list(self._children):
            if slot is None or getattr(component, "_slot", None) == slot:
                component.remove_from_parent()

    def _fill(self):
        data = self.data
        if data is None and not self._is_filled:
            return
        self._is_filled = True
        values = {}
        for component in list(self._children):
            if getattr(component, "_by_data", None) is self:
                component._by_data = None
                component.remove_from_parent()
        for name, spec in slots_of(str(self.content or "")):
            value = None if data is None else _value(data, name)
            if isinstance(value, Component):
                if value._parent is None:
                    self.add_component(value, slot=name)
                    value._by_data = self
            elif value is not None:
                values[name + (":" + spec if spec else "")] = format(value, spec) if spec else str(value)
        _bridge.set_json(self._id, "values", _bridge.to_json(values))


def _value(data, name):
    return data[name] if name in data.keys() else None


def slots_of(text):
    """Return the slots of a text in order: (name, format)."""
    found = []
    at = text.find("{")
    while at >= 0:
        end = text.find("}", at)
        if end < 0:
            break
        name, _, spec = text[at + 1 : end].partition(":")
        if name[:1] in _START and name != "" and name.replace("_", "a").isalnum() and "{" not in spec:
            found.append((name, spec))
        at = text.find("{", at + 1)
    return found
