"""DatePicker: dates cross to the page as ISO texts, times in the visitor's own zone."""

import _bridge

from anvil._component import Component, type_name

_NO_TIME = "Cannot display a datetime object on a DatePicker without setting pick_time to True."


class DatePickerBase(Component):
    """A field for a date, or for a date and a time of the visitor's zone when ``pick_time`` is set."""

    def __init__(self, **properties):
        # Whether there is a time decides what dates may be.
        first = {}
        if "pick_time" in properties:
            first["pick_time"] = properties.pop("pick_time")
        Component.__init__(self, **first)
        for name in properties:
            self._set_checked(name, properties[name])

    @property
    def date(self):
        """A ``datetime.date``; with ``pick_time`` a ``datetime.datetime`` with its zone; None for none."""
        import datetime

        found = _bridge.from_json(_bridge.get(self._id, "date"))
        if found is None:
            return None
        if isinstance(found, str):
            return datetime.date(*_numbers(found))
        from anvil.tz import tzoffset

        parts = _numbers(found[0].replace("T", "-").replace(":", "-"))
        return datetime.datetime(*parts, tzinfo=tzoffset(minutes=found[1]))

    @date.setter
    def date(self, value):
        _bridge.set(self._id, "date", self._text(value))

    @property
    def min_date(self):
        """The first date that may be chosen."""
        return self._values.get("min_date")

    @min_date.setter
    def min_date(self, value):
        _bridge.set(self._id, "min_date", self._text(value))
        self._values["min_date"] = value

    @property
    def max_date(self):
        """The last date that may be chosen."""
        return self._values.get("max_date")

    @max_date.setter
    def max_date(self, value):
        _bridge.set(self._id, "max_date", self._text(value))
        self._values["max_date"] = value

    def _text(self, value):
        """Return a date as the page takes it."""
        import datetime

        if value is None or value == "":
            return None
        if isinstance(value, str):
            if value == "now" or _is_date(value):
                return value
            raise ValueError("A date of a DatePicker as text is 'now' or like '2026-12-31', not %r" % (value,))
        if isinstance(value, datetime.datetime):
            if not self.pick_time:
                raise ValueError(_NO_TIME)
            return _moment(value)
        if isinstance(value, datetime.date):
            return "%04d-%02d-%02d" % (value.year, value.month, value.day)
        raise TypeError("The date of a DatePicker is a date, a datetime, a text or None, not %s" % type_name(value))


def _numbers(text):
    return [int(part) for part in text.split("-")]


def _is_date(text):
    parts = text[:10].split("-")
    return [len(part) for part in parts] == [4, 2, 2] and "".join(parts).isdigit()


def _moment(value):
    text = "%04d-%02d-%02dT%02d:%02d:%02d" % (
        value.year,
        value.month,
        value.day,
        value.hour,
        value.minute,
        value.second,
    )
    offset = value.utcoffset()
    if offset is None:
        return text
    minutes = offset.days * 1440 + offset.seconds // 60
    ahead = abs(minutes)
    return text + "%s%02d:%02d" % ("-" if minutes < 0 else "+", ahead // 60, ahead % 60)
