"""See ``ws4py``."""


class WebSocketClient:
    """The base class that anvil.server derives its connection from."""
