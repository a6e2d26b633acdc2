from ._anvil_designer import Form1Template
from anvil import *
import anvil.users


class Form1(Form1Template):
    def __init__(self, **properties):
        self.init_components(**properties)

    def form_show(self, **event_args):
        # Who was here before and is still logged in goes on at once.
        if anvil.users.get_user():
            open_form("Notes")

    def login_button_click(self, **event_args):
        # Shows a dialog; None when it was closed without a login.
        if anvil.users.login_with_form(allow_cancel=True):
            open_form("Notes")
