"""DataGrid and the rows in it: pages, columns, and what cells say."""

import _bridge

from anvil._component import Container, send
from anvil._repeating import Repeating

_TURNS = ("next_page", "previous_page", "jump_to_first_page", "jump_to_last_page")
#: Of an item: it has no such value.
_NOTHING_THERE = (KeyError, IndexError, TypeError, AttributeError)


class Grid(Container):
    """What DataGrid has beside its properties. Pages are counted from 0."""

    _has_pages = True

    def _begin(self, number):
        Container._begin(self, number)
        self._page = 0
        self._filled = False

    @property
    def columns(self):
        """A list of dicts: id, title, data_key, width, expand. Assign it again when it has changed."""
        return self._values.get("columns", [])

    @columns.setter
    def columns(self, value):
        self._values["columns"] = value
        send(self._id, "columns", list(value or []))
        self._entered()

    @property
    def rows_per_page(self):
        """How many rows are shown at a time; 0 or None for all."""
        return self._values.get("rows_per_page", 20)

    @rows_per_page.setter
    def rows_per_page(self, value):
        self._values["rows_per_page"] = value
        self._page = 0
        self._refill()

    @property
    def _paged(self):
        return bool(self.rows_per_page)

    def add_component(self, component, index=None, pinned=False, **layout):
        """Put a row, or a panel of rows, into the grid; one that is pinned is on every page."""
        if pinned:
            layout["pinned"] = True
        Container.add_component(self, component, index, **layout)
        self._refill()

    # --- pages

    def get_page(self):
        """Return the number of the page that is shown."""
        return self._page

    def set_page(self, page):
        """Show a page; the last one when there are not as many."""
        if page < 0:
            raise ValueError("set_page() takes a page from 0, not %r" % (page,))
        self._page = int(page)
        self._refill()

    def next_page(self):
        """Show the next page, if there is one."""
        self.set_page(self._page + 1)

    def previous_page(self):
        """Show the page before, if there is one."""
        self.set_page(max(self._page - 1, 0))

    def jump_to_first_page(self):
        """Show the first page."""
        self.set_page(0)

    def jump_to_last_page(self):
        """Show the last page; all items have to be fetched for that."""
        total = 0
        for child in self._unpinned():
            total += child._rows.count() if isinstance(child, Repeating) else 1
        self.set_page(self._last_page(total))

    def _last_page(self, total):
        return (max(total, 1) - 1) // int(self.rows_per_page) if self._paged else 0

    def _happened(self, event, event_args):
        if event == "page" and event_args["method"] in _TURNS:
            getattr(self, event_args["method"])()
        else:
            Container._happened(self, event, event_args)

    def _unpinned(self):
        return [child for child in self._children if not child._layout.get("pinned")]

    def _tell(self, event):
        if event == "show" and not self._filled:
            self._refill()
        Container._tell(self, event)

    def _refill(self, changed=()):
        """Show the rows of the page; those of the panels in ``changed`` are made anew in any case."""
        self._filled = True
        total = self._known_total()
        if total is not None:
            self._page = min(self._page, self._last_page(total))
        first = self._page * int(self.rows_per_page) if self._paged else 0
        shown, more, hidden = self._fill(first, changed)
        if shown == 0 and self._page > 0:
            # By now it is known how many rows there are.
            self._page = self._last_page(self._known_total() or 0)
            self._refill(changed)
            return
        state = {"first": first + 1 if shown else 0, "last": first + shown, "total": self._known_total()}
        state["more"] = more
        state["hidden"] = hidden
        _bridge.set_json(self._id, "pages", _bridge.to_json(state))

    def _known_total(self):
        total = 0
        for child in self._unpinned():
            known = child._rows.known() if isinstance(child, Repeating) else 1
            if known is None:
                return None
            total += known
        return total

    def _fill(self, skip, changed):
        """Show rows from the one with index ``skip``; return how many, whether more follow, and what is hidden."""
        left = int(self.rows_per_page) if self._paged else None
        shown, more, hidden = 0, False, []
        for child in self._unpinned():
            if isinstance(child, Repeating):
                had = child._rows.before(skip)
                count = child._show_window(had, left, child in changed)
                skip -= had
                more = more or (left is not None and count == left and child._rows.has(had + count))
            elif skip > 0 or left == 0:
                more = more or skip == 0
                skip = max(skip - 1, 0)
                hidden.append(child._id)
                continue
            else:
                count = 1
            shown += count
            left = None if left is None else left - count
        return shown, more, hidden


class DataRow(Container):
    """What DataRowPanel has beside its properties: it shows its item in the columns of the grid that it is in."""

    @property
    def item(self):
        """What the row shows: the column with the data key "name" has ``item["name"]``."""
        return self._values.get("item")

    @item.setter
    def item(self, value):
        self._values["item"] = value
        self._show_item()

    def add_component(self, component, column=None, index=None, **layout):
        """Put a component into a column, in place of the text there; without one it takes the whole row."""
        if column is not None:
            layout["column"] = column
        Container.add_component(self, component, index, **layout)

    def _entered(self):
        self._show_item()
        Container._entered(self)

    def _show_item(self):
        grid = self._parent
        while grid is not None and not isinstance(grid, Grid):
            grid = grid._parent
        if grid is None:
            return
        cells = {}
        if self.auto_display_data and self.item is not None:
            for column in grid.columns or ():
                if column.get("data_key"):
                    cells[column["id"]] = _text_of(self.item, column["data_key"])
        _bridge.set_json(self._id, "cells", _bridge.to_json(cells))


def _text_of(item, key):
    try:
        value = item[key]
    except _NOTHING_THERE:
        return ""
    except Exception as error:
        # Of a row of a table; whose module is not imported for that.
        if type(error).__name__ != "NoSuchColumnError":
            raise
        return ""
    return "" if value is None else str(value)
