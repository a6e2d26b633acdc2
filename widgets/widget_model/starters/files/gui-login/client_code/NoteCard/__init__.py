from ._anvil_designer import NoteCardTemplate
from anvil import *


class NoteCard(NoteCardTemplate):
    # One note: what its labels show is bound to self.item in the template.
    def __init__(self, **properties):
        self.init_components(**properties)
