from ._anvil_designer import Form1Template
from anvil import *
import anvil.server


class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)
        # Rows of the list raise this event, see BookRow.
        self.books_panel.set_event_handler("x-delete", self.delete_book)
        self.show_books(anvil.server.call("list_books"))

    def show_books(self, books):
        self.books_panel.items = books
        self.books_grid.visible = len(books) > 0
        self.empty_hint.visible = len(books) == 0

    def add_button_click(self, **event_args):
        # The server checks what is typed, and says what is wrong with it.
        answer = anvil.server.call(
            "add_book", self.title_box.text, self.author_box.text, self.pages_box.text
        )
        self.problem.text = answer["problem"]
        self.problem.visible = answer["problem"] != ""
        if answer["problem"]:
            return
        for box in [self.title_box, self.author_box, self.pages_box]:
            box.text = ""
        self.title_box.focus()
        self.show_books(answer["books"])

    def delete_book(self, book, **event_args):
        if confirm(f"Delete {book['title']}?"):
            self.show_books(anvil.server.call("delete_book", book["id"]))
