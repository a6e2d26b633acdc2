from ._anvil_designer import BookRowTemplate
from anvil import *


class BookRow(BookRowTemplate):
    # One row of the list: self.item is the book that it shows, as the server sent it.
    def __init__(self, **properties):
        self.init_components(**properties)

    def delete_button_click(self, **event_args):
        # The form that the list is in decides what happens.
        self.parent.raise_event("x-delete", book=self.item)
