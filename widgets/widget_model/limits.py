"""Every bound of a run, in one frozen value."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one run may use; the defaults are the product's (contract.md), settings replace them."""

    #: Seconds of user code.
    timeout_s: float
    #: Bytes of stdout, stderr and displays that are kept; what follows is counted only (decisions 14).
    output_kept_bytes: int = 1_000_000
    #: The run is stopped with ``output_limit`` at this many times ``output_kept_bytes``.
    output_stop_factor: int = 10
    #: Bytes of a result that is not Media (contract: WIDGETRY_PAYLOAD_MAX_MB).
    payload_bytes: int = 4 * 1024 * 1024
    #: Bytes of one HTTP response, Media included.
    response_bytes: int = 128 * 1024 * 1024
    #: Files that a script wrote and that can be downloaded from its run; and bytes of each of them, or of one thing
    #: shown; and bytes of all of them, or of all that is shown.
    kept_files: int = 20
    kept_file_bytes: int = 10_000_000
    kept_files_bytes: int = 25_000_000

    def keep(self) -> dict[str, int]:
        """Return what a child is told of how much is taken."""
        each, every = self.kept_file_bytes, self.kept_files_bytes
        return {"shown_bytes": min(each, every), "files": self.kept_files, "file_bytes": each, "files_bytes": every}


SCRIPT_TIMEOUT_S = 300.0
ROUTE_TIMEOUT_S = 30.0
#: Of a server function (S-12).
CALL_TIMEOUT_S = 30.0
#: Of a background task.
TASK_TIMEOUT_S = 3600.0
#: MB of Media of one call or answer; those on their way that one process keeps on disk; and of these one uplink's.
MEDIA_MAX_MB = 160.0
MEDIA_ROOM_MB = 1024.0
MEDIA_LINK_MB = 512.0
#: How long a caller waits for a place before 503 (decisions 13).
PLACE_WAIT_S = 10.0
#: Runs of one widget at once, and how many more may wait for them.
WIDGET_CONCURRENCY = 8
WIDGET_QUEUE = 32
#: Calls of server functions, made by runs of the same widget, that run beside those.
WIDGET_NESTED = 32
#: Kept children of one runner, and of these those of one account (S-14).
KEPT = 24
KEPT_PER_ACCOUNT = 8
#: A kept child that nobody calls ends after so many seconds (S-15).
KEPT_IDLE_S = 3600.0
