from ._anvil_designer import NotesTemplate
from anvil import *
import anvil.server
import anvil.users


class Notes(NotesTemplate):
    def __init__(self, **properties):
        self.init_components(**properties)
        self.email.text = anvil.users.get_user()["email"]
        self.show_notes(anvil.server.call("list_notes"))

    def show_notes(self, notes):
        self.notes_panel.items = notes
        self.empty_hint.visible = len(notes) == 0

    def add_button_click(self, **event_args):
        if self.note_box.text.strip():
            self.show_notes(anvil.server.call("add_note", self.note_box.text))
            self.note_box.text = ""

    def logout_button_click(self, **event_args):
        anvil.users.logout()
        open_form("Form1")
