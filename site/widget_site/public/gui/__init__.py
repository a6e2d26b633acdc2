"""The public host of a GUI widget: its page, what the page fetches, and its conversation with the server."""

from widget_site.public.gui.pages import CALL_BYTES, Asked, GuiPages

__all__ = ["CALL_BYTES", "Asked", "GuiPages"]
