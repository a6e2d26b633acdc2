"""What the tour is written with: waiting, expecting errors, comparing exactly."""

import contextlib
import datetime
import hashlib
import time

UTC = datetime.timezone.utc  # noqa: UP017  # older Pythons run this, too


def until(is_true, at_most_s=90.0):
    """Wait until it is; what it raises meanwhile is another no."""
    deadline = time.monotonic() + at_most_s
    while True:
        with contextlib.suppress(Exception):
            if is_true():
                return
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.1)


@contextlib.contextmanager
def raises(kind, text):
    """Expect an error of this class with this text."""
    said = None
    try:
        yield
    except kind as error:
        said = f"{type(error).__name__}: {error}"
    assert said is not None, f"nothing was raised in place of {kind.__name__}: {text}"
    assert text in said, said


def flat(value):
    """Yield every value that is in a value."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        yield from flat(one)
    if not inside:
        yield value


def exact(value):
    """Return what tells True from 1, 1 from 1.0, 0.0 from -0.0 and moments from those of other zones."""
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return type(value).__name__, repr(value)


def digest(content):
    return hashlib.sha256(content).hexdigest()
