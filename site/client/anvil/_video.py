"""What a YouTubeVideo has beyond its entry in components.json (G-28)."""

from anvil._component import Component


class Video(Component):
    """The base class of YouTubeVideo."""

    def play(self):
        """Play it, from where it is."""
        self._invoke("play")

    def pause(self):
        """Pause it."""
        self._invoke("pause")

    def stop(self):
        """Stop it, and go back to its beginning."""
        self._invoke("stop")
