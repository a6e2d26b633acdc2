"""Dialogs and notifications."""

import _bridge

from anvil import _component
from anvil._component import Component


def alert(content, title="", buttons=None, large=False, dismissible=True, role=None):
    """Show a dialog with text or a component and wait until it is closed; return the value of the button.

    A button is its text, which is its value, too, or (text, value[, style]). None when it was dismissed; what a
    component gave to ``raise_event("x-close-alert", value=…)`` when that closed it.
    """
    if buttons is None:
        buttons = [("OK", True)]
    made = [_button(button) for button in buttons]
    options = {
        "title": "" if title is None else str(title),
        "buttons": [[text, style] for text, _, style in made],
        "large": bool(large),
        "dismissible": bool(dismissible),
    }
    if role:
        options["role"] = role if isinstance(role, str) else list(role)
    if not isinstance(content, Component):
        options["text"] = "" if content is None else str(content)
        index = _bridge.wait(_bridge.alert(_bridge.to_json(options)))
        return made[index][1] if index >= 0 else None
    options["content"] = content._id
    return _show_component(content, options, made)


def _show_component(content, options, buttons):
    if content._parent is not None or content._is_top:
        raise ValueError("This component is already on the page, call remove_from_parent() first")
    closing = _component._closing
    closing.pop(content._id, None)
    showing = _bridge.alert(_bridge.to_json(options))
    content._is_top = True
    content._tell("show")
    try:
        index = _bridge.wait(showing)
    finally:
        content._tell("hide")
        content._is_top = False
    if index >= 0:
        return buttons[index][1]
    return closing.pop(content._id, None)


def _button(button):
    if isinstance(button, str):
        return (button, button, "default")
    parts = list(button)
    if len(parts) < 2:
        raise ValueError("A button of an alert is a text, or (text, value[, style]), not %r" % (button,))
    return (str(parts[0]), parts[1], parts[2] if len(parts) > 2 and parts[2] else "default")


def confirm(content, title="", buttons=None, large=False, dismissible=False, role=None):
    """Ask a question and return the answer: by default True for Yes and False for No."""
    if buttons is None:
        buttons = [("No", False), ("Yes", True, "primary")]
    return alert(content, title, buttons, large, dismissible, role)


class Notification:
    """A message that goes by itself after ``timeout`` seconds; None or 0 stays until it is hidden."""

    def __init__(self, message, title="", style="info", timeout=2, **properties):
        self._options = {
            "message": "" if message is None else str(message),
            "title": "" if title is None else str(title),
            "style": style,
            "timeout": timeout or 0,
        }
        self._handle = None

    def show(self):
        """Show it; RuntimeError when it is there."""
        if self._handle is not None:
            raise RuntimeError("Notification already visible")
        self._handle = _bridge.notify(_bridge.to_json(self._options))

    def hide(self):
        """Take it away."""
        if self._handle is not None:
            _bridge.hide_notification(self._handle)
            self._handle = None

    def __enter__(self):
        self._options["timeout"] = 0
        self.show()
        return self

    def __exit__(self, kind, value, trace):
        self.hide()
        return False
