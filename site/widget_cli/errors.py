"""What the command tells instead of doing its work."""


class CliError(Exception):
    """It did not work; the text says why, and what to do. ``status`` is the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


class ApiError(CliError):
    """The site refused; ``code``, ``http_status`` and ``details`` are the API's."""

    def __init__(self, text: str, http_status: int, code: str, details: dict[str, object]) -> None:
        super().__init__(text)
        self.http_status = http_status
        self.code = code
        self.details = details
