"""How every process of ours logs: lines for people, or one JSON object a line with the run that it is about."""

import json
import logging
import re
import time
import traceback

TEXT, JSON = "text", "json"
#: Our ids are 26 characters of a small alphabet; what a line calls "run <id>" is one.
_RUN = re.compile(r"\brun ([0-9a-hjkmnp-tv-z]{26})\b")


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON: time, level, process, logger, message, and run and exception where known."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        message = record.getMessage()
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": message,
        }
        run = _RUN.search(message)
        if run is not None:
            line["run"] = run[1]
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        return json.dumps(line)


def set_up(process: str, style: str, level: str = "INFO") -> None:
    """Log to stderr in this style (TEXT or JSON); what user code prints is never in it."""
    handler = logging.StreamHandler()
    text = logging.Formatter(f"%(asctime)s {process} %(levelname)s %(name)s %(message)s")
    handler.setFormatter(JsonLines(process) if style == JSON else text)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
