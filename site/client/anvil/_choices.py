"""RadioButton and DropDown: which one of several is chosen."""

import _bridge

from anvil import _component
from anvil._component import Component, type_name

#: What the page says instead of an item's index: the placeholder or nothing, and a value whose item is still to come.
_NOTHING = -1
_WAITS = -2


class RadioButtonBase(Component):
    """One of a group of buttons, the group's by its name; choosing it takes back the choice of any other."""

    def get_group_value(self):
        """Return the ``value`` of the button of this group that is selected, None when none is."""
        chosen = _component.component_of(self._invoke("selected_of_group"))
        return None if chosen is None else chosen.value


class DropDownBase(Component):
    """A choice of one of ``items``: texts, or (text, value) with any value, which stays here.

    A value that no item has yet is remembered, and chosen once ``items`` has it.
    """

    #: What was set and stands for no item; what counts while the page says _WAITS.
    _wanted = None
    #: The items as (text, value), as they were when they were set; None for those of the design.
    _pairs = None

    @property
    def items(self):
        """Texts, or (text, value)."""
        return self._values.get("items", [])

    @items.setter
    def items(self, value):
        found = _checked(value)
        if not isinstance(value, (list, tuple)):
            # What can be iterated over once would be empty the next time.
            value = found
        chosen, before = self._index(), self.selected_value
        self._values["items"] = value
        self._pairs = found
        _bridge.set_json(self._id, "items", _bridge.to_json([text for text, _ in found]))
        if chosen != _NOTHING:
            index = _index_of(found, before)
            if index >= 0 or chosen == _WAITS:
                self._choose(index, before)

    @property
    def selected_value(self):
        """The value of the chosen item, None for the placeholder."""
        index = self._index()
        if index == _WAITS:
            return self._wanted
        return None if index == _NOTHING else self._items()[index][1]

    @selected_value.setter
    def selected_value(self, value):
        self._choose(_index_of(self._items(), value), value)

    def _items(self):
        return _checked(self.items) if self._pairs is None else self._pairs

    def _index(self):
        return _bridge.from_json(_bridge.get(self._id, "selected"))

    def _choose(self, index, value):
        waits = index < 0 and value is not None
        self._wanted = value if waits else None
        _bridge.set(self._id, "selected", _WAITS if waits else index)


def _checked(items):
    """Return items as a list of (text, value); TypeError for what is none."""
    if items is None:
        return []
    if isinstance(items, str) or not hasattr(items, "__iter__"):
        raise TypeError("'items' must be a list of strings or tuples")
    found = []
    for item in items:
        if isinstance(item, str):
            found.append((item, item))
        elif not isinstance(item, (tuple, list)):
            raise TypeError("'items' must be a list of strings or tuples")
        elif len(item) != 2 or not isinstance(item[0], str):
            shown = type_name(item[0]) if len(item) == 2 else "%d parts" % len(item)
            raise TypeError("Dropdown item tuples must be of the form ('label', value), not with " + shown)
        else:
            found.append((item[0], item[1]))
    return found


def _index_of(items, value):
    index = 0
    for _, other in items:
        if other is value or other == value:
            return index
        index += 1
    return -1
