"""How much media one process holds at once: a counter that says no before memory ends."""


class MediaBudget:
    """The bytes of media that all runs, or all uplinks, together may have in this process's memory."""

    def __init__(self, max_bytes: int = 512 * 1024 * 1024) -> None:
        self._left = max_bytes

    def take(self, size_bytes: int) -> bool:
        """Take so many bytes; False when there are not so many left."""
        if size_bytes > self._left:
            return False
        self._left -= size_bytes
        return True

    def give(self, size_bytes: int) -> None:
        """Give bytes back."""
        self._left += size_bytes
