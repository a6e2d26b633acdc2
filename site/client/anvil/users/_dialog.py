"""What the dialogs of the Users service are made of: boxes below each other, an error in red, one main button."""

import anvil


class Dialog:
    """A dialog that stays until what it is for worked, or somebody leaves it."""

    def __init__(self, title, main, allow_cancel):
        self._title = title
        self._allow_cancel = allow_cancel
        self._boxes = []
        self._act = None
        self.panel = anvil.LinearPanel()
        self._error = anvil.Label(visible=False, foreground="#b3261e", bold=True)
        self._main = anvil.Button(text=main, role="primary-color", align="full")
        self._main.add_event_handler("click", self._submit)

    def box(self, label, text="", **properties):
        """Add a box to type in; Enter goes to the next one, in the last it is the main button."""
        made = anvil.TextBox(placeholder=label, text=text or "", **properties)
        self._boxes.append(made)
        made.add_event_handler("pressed_enter", self._entered)
        self.add(made)
        return made

    def check(self, label, checked):
        """Add a check box."""
        made = anvil.CheckBox(text=label, checked=checked)
        self.add(made)
        return made

    def link(self, text, act):
        """Add a link that calls ``act``."""

        def clicked(**event_args):
            act()

        made = anvil.Link(text=text)
        made.add_event_handler("click", clicked)
        self.add(made)

    def add(self, component):
        """Add a component."""
        self.panel.add_component(component)

    def main_button(self):
        """Add the error and the main button here; what is added afterwards stands below it."""
        self.add(self._error)
        self.add(self._main)

    def show(self, act):
        """Show it until ``close``; ``act`` is called by the main button. Return what it was closed with, or None."""
        self._act = act
        buttons = [("Cancel", None)] if self._allow_cancel else []
        self.panel.add_event_handler("show", self._begin)
        return anvil.alert(self.panel, title=self._title, buttons=buttons, dismissible=self._allow_cancel)

    def close(self, value):
        """Close it; ``show`` returns the value."""
        self.panel.raise_event("x-close-alert", value=value)

    def say(self, text):
        """Show an error."""
        self._error.text = text
        self._error.visible = True

    def _begin(self, **event_args):
        for box in self._boxes:
            if not box.text:
                box.focus()
                return

    def _entered(self, sender=None, **event_args):
        index = self._boxes.index(sender) + 1
        if index < len(self._boxes):
            self._boxes[index].focus()
        else:
            self._submit()

    def _submit(self, **event_args):
        self._error.visible = False
        self._main.enabled = False
        try:
            self._act()
        except anvil.server.AnvilWrappedError as error:
            self.say(str(error))
        finally:
            self._main.enabled = True
