"""RepeatingPanel: one form for each item."""

import _bridge

from anvil import _component, _forms
from anvil._component import Container


class Repeating(Container):
    """What RepeatingPanel has beside its properties.

    In a DataGrid it holds the rows of one page, and takes no more from ``items`` than that needs.
    """

    def _begin(self, number):
        Container._begin(self, number)
        self._template = None
        self._rows = _Items(None)
        #: Rows that were taken out: code of theirs may still run when others take their place.
        self._old = []
        self._window = None

    @property
    def item_template(self):
        """The form that is made for each item: its name, or its class."""
        return self._values.get("item_template")

    @item_template.setter
    def item_template(self, value):
        self._values["item_template"] = value
        self._template = None
        self._refill()

    @property
    def items(self):
        """What there is a form for, each: whatever can be iterated over. Assign it again when it has changed."""
        return self._values.get("items")

    @items.setter
    def items(self, value):
        self._values["items"] = value
        self._rows = _Items(value)
        self._refill()

    def add_component(self, component, index=None, **layout):
        """Refuse: its components follow from its items."""
        raise TypeError("The components of a RepeatingPanel follow from its items: assign to items instead")

    def _refill(self):
        """Show rows anew: all, or what the DataGrid that it is in has on its page."""
        grid = self._parent
        if grid is not None and grid._has_pages:
            grid._refill([self])
        else:
            self._show_rows(0, None)

    def _show_window(self, first, count, anew):
        """Show these rows, as ``_show_rows``, unless they are shown already."""
        if anew or self._window != (first, count):
            self._show_rows(first, count)
            self._window = (first, count)
        return len(self._children)

    def _show_rows(self, first, count):
        """Make the forms of ``count`` items from the one with index ``first``; None for all."""
        for row in self._old:
            _forget(row)
        self._old = list(self._children)
        self.clear()
        if not self.item_template:
            return
        items = self._rows.get(first, count)
        if not items:
            return
        if self._template is None:
            self._template = self._find_template()
        for item in items:
            row = self._template(item=item)
            Container.add_component(self, row)

    def _find_template(self):
        said = self.item_template
        if not isinstance(said, str):
            return said
        name = said[5:] if said.startswith("form:") else said
        return _forms.form_named(name, _forms.package_of(self))


class _Items:
    """Items as they are needed: an iterator of the server's is asked for no more than that."""

    def __init__(self, items):
        self._got = []
        self._coming = None
        if isinstance(items, (list, tuple)):
            self._got = items
        elif items is not None:
            self._coming = iter(items)

    def get(self, first, count):
        """Return up to ``count`` items from index ``first``, or all from there."""
        if count is None:
            self._fetch(None)
            return list(self._got[first:])
        self._fetch(first + count)
        return list(self._got[first : first + count])

    def before(self, number):
        """Return how many there are, ``number`` at most."""
        self._fetch(number)
        return min(len(self._got), number)

    def has(self, number):
        """Return whether there are more than ``number`` items."""
        self._fetch(number + 1)
        return len(self._got) > number

    def known(self):
        """Return how many there are, None while that would have to be asked for."""
        return len(self._got) if self._coming is None else None

    def count(self):
        """Return how many there are."""
        self._fetch(None)
        return len(self._got)

    def _fetch(self, number):
        while self._coming is not None and (number is None or len(self._got) < number):
            try:
                self._got.append(next(self._coming))
            except StopIteration:
                self._coming = None


def _forget(row):
    """Free what the page holds of a form that is gone for good."""
    if row._form is None or row._parent is not None:
        return
    for name in row._parts:
        part = row._parts[name]
        if part is row:
            _bridge.drop(part._id)
        elif part._form is None:
            _bridge.drop(part._id)
        else:
            part.remove_from_parent()
            _forget(part)
