"""Panels whose components say by numbers where they are."""

from anvil._component import Container


class GridRows(Container):
    """What GridPanel has beside its properties."""

    def add_component(self, component, row="A", index=None, **layout):
        """Put a component into the row of this name: it begins at ``col_xs`` (0 to 11) and is ``width_xs`` wide.

        The same with sm, md and lg for wider pages.
        """
        layout["row"] = row
        Container.add_component(self, component, index, **layout)


class XY(Container):
    """What XYPanel has beside its properties."""

    def add_component(self, component, x=0, y=0, width=None, index=None, **layout):
        """Put a component at a place in pixels from the top left corner."""
        layout["x"] = x
        layout["y"] = y
        if width is not None:
            layout["width"] = width
        Container.add_component(self, component, index, **layout)

    def get_width(self):
        """Return how wide it is on the page, in pixels; 0 while it is not there."""
        return self._invoke("get_width")
