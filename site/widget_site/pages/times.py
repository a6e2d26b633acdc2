"""Times as people say them; ``site/browser/src/shell/relative.ts`` keeps the same words true in an open page."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup


def relative(then_s: float, now_s: float | None = None) -> str:
    """Return "3 min ago" and the like for a Unix time in seconds."""
    seconds = round((time.time() if now_s is None else now_s) - then_s)
    if seconds < 5:
        return "just now"
    if seconds < 60:
        return f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    if seconds < 86400:
        return f"{seconds // 3600} h ago"
    days = seconds // 86400
    if days < 30:
        return "yesterday" if days == 1 else f"{days} days ago"
    return _moment(then_s).strftime("%Y-%m-%d")


def ago(then_s: float | None) -> Markup:
    """Return a time element: relative words, the exact time on hover; nothing for None."""
    if then_s is None:
        return Markup("")
    moment = _moment(then_s)
    markup = Markup('<time datetime="{}" title="{}">{}</time>')
    return markup.format(moment.isoformat(), moment.strftime("%Y-%m-%d %H:%M:%S UTC"), relative(then_s))


def exact(then_s: float) -> str:
    """Return a Unix time to the minute, in UTC."""
    return _moment(then_s).strftime("%Y-%m-%d %H:%M UTC")


def moment(then_s: float, zone: str) -> Markup:
    """Return a time element that shows a Unix time as the clocks of a zone do."""
    local = datetime.fromtimestamp(then_s, ZoneInfo(zone))
    markup = Markup('<time datetime="{}" data-exact>{}</time>')
    return markup.format(local.isoformat(), local.strftime("%a %d %b %Y, %H:%M %Z"))


def duration(seconds: float | None) -> str:
    """Return "12 ms", "0.8 s", "1 min 30 s"; "" for None."""
    if seconds is None:
        return ""
    if seconds < 0.1:
        return f"{max(1, round(seconds * 1000))} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def memory(rss_kb: int | None) -> str:
    """Return "14 MB"; "" for None or 0."""
    if not rss_kb:
        return ""
    return f"{rss_kb} kB" if rss_kb < 1024 else f"{rss_kb / 1024:.0f} MB"


def size(count_bytes: float | None) -> str:
    """Return "14 kB", "3.2 GB"; "" for None."""
    if count_bytes is None:
        return ""
    amount, unit = float(count_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}" if amount < 10 and unit != "B" else f"{amount:.0f} {unit}"


def _moment(then_s: float) -> datetime:
    return datetime.fromtimestamp(then_s, UTC)


def hour(then_s: float) -> str:
    """Return the day and hour of a Unix time, in UTC."""
    return _moment(then_s).strftime("%Y-%m-%d %H:00")


def day(then_s: float) -> str:
    """Return the day of a Unix time, in UTC."""
    return _moment(then_s).strftime("%Y-%m-%d")
