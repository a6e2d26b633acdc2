from ._anvil_designer import Form1Template
from anvil import *
import anvil.server


class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)

    def greet_button_click(self, **event_args):
        # This runs in the visitor's browser, and asks the server:
        self.greeting.text = anvil.server.call("greet", self.name_box.text)
