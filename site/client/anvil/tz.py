"""Time zones of fixed offsets."""

from datetime import datetime, timedelta, tzinfo


class tzoffset(tzinfo):
    """The zone that is so many hours, minutes or seconds ahead of UTC."""

    def __init__(self, **offset):
        self._offset = timedelta(**offset)

    def utcoffset(self, moment):
        """Return how far it is ahead of UTC."""
        return self._offset

    def dst(self, moment):
        """Return no daylight saving time."""
        return timedelta(0)

    def tzname(self, moment):
        """Return nothing: an offset has no name."""
        return None

    def __repr__(self):
        hours = self._offset.days * 24 + self._offset.seconds / 3600.0
        return "tzoffset(hours=%s)" % hours

    def __eq__(self, other):
        return isinstance(other, tzoffset) and self._offset == other._offset

    def __hash__(self):
        return hash((self._offset.days, self._offset.seconds))


class tzutc(tzoffset):
    """UTC."""

    def __init__(self):
        tzoffset.__init__(self, seconds=0)


class tzlocal(tzoffset):
    """The zone of the browser, with the offset that it has now."""

    def __init__(self):
        here, there = datetime.now(), datetime.utcnow()
        minutes = round(((here - there).days * 86400 + (here - there).seconds) / 60.0)
        tzoffset.__init__(self, minutes=minutes)


UTC = tzutc()
