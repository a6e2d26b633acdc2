from ._anvil_designer import Form1Template
from anvil import *
import anvil.server


class Form1(Form1Template):
    def __init__(self, **properties):
        # Makes the components that you draw, each an attribute of self: self.button_1
        self.init_components(**properties)
        # What should happen before the form is shown goes here.
