"""How much media there may be at once: a counter that says no before memory or disk ends."""

NO_ROOM = "There is no room for this Media now; try again."


class MediaBudget:
    """The bytes of media that all runs, or all uplinks, or one of them, may have on their way at once."""

    def __init__(self, max_bytes: int = 512 * 1024 * 1024, refusal: str = NO_ROOM) -> None:
        self._left = max_bytes
        #: What is said to whom it refuses.
        self.refusal = refusal

    def take(self, size_bytes: int) -> bool:
        """Take so many bytes; False when there are not so many left."""
        if size_bytes > self._left:
            return False
        self._left -= size_bytes
        return True

    def give(self, size_bytes: int) -> None:
        """Give bytes back."""
        self._left += size_bytes
