"""The order of a search."""

import anvil.server


class order_by:
    """An argument of ``search``: order the rows by a column."""

    def __init__(self, column_name, ascending=True):
        self.column_name = column_name
        self.ascending = ascending

    def __eq__(self, other):
        return type(other) is order_by and self.__dict__ == other.__dict__

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash((self.column_name, self.ascending))


anvil.server.portable_class(order_by, "anvil.tables.order_by")
