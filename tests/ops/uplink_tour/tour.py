"""A tour of Anvil's server API from a program outside, with nothing but the ``anvil-uplink`` of PyPI.

    python tour.py <server key> ws://<site>/_/uplink [chapter …]

The widget's code is ``widget.py``; ``rival.py`` is a second program that gets in this one's way. Each chapter says its
name when all of it is as on Anvil. The last one waits until the site is killed, and goes on when it is back.
"""

import contextlib
import datetime
import decimal
import math
import pathlib
import subprocess
import sys
import tempfile
import time

import anvil
import anvil.media
import anvil.secrets
import anvil.server
import anvil.tables
import anvil.users
from anvil.tables import app_tables
from checks import UTC, digest, exact, flat, raises, until
from tour_of_tables import tables

KEY, URL = sys.argv[1:3]
LARGE_BYTES = 100 * 1024 * 1024
CALL = anvil.server.call


# --- what the widget's code calls here


@anvil.server.portable_class("tour.Point")
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


@anvil.server.callable
def greet(name):
    return f"Hello, {name}."


@anvil.server.callable("number-([0-9]+)")
def numbered():
    return "a number"


@anvil.server.callable
def echo_here(*args, **kwargs):
    return [list(args), kwargs]


@anvil.server.callable
def who_called():
    context = anvil.server.context
    return [context.type, context.client.type, context.remote_caller.type, context.remote_caller.is_trusted]


@anvil.server.callable
def fails_here(kind):
    if kind == "denied":
        raise anvil.server.PermissionDenied("not you")
    return object()


@anvil.server.callable(require_user=True)
def me_outside():
    return anvil.users.get_user()["email"]


@anvil.server.background_task
def outside(numbers, *, may=None, ending=None):
    anvil.server.task_state["seen"] = list(numbers)
    if ending == "waits":
        time.sleep(600)
    if ending:
        raise ValueError(ending)
    return [CALL("add", *numbers), anvil.server.context.type, anvil.server.context.client.type, may.scope]


# --- the chapters


def callables():
    assert CALL("add", 1, b=2) == 3
    assert CALL("ask", "greet", "Ann") == "Hello, Ann."
    assert CALL("ask", "number-17") == "a number"
    anvil.server.callable("late")(lambda: "registered late")
    until(lambda: CALL("ask", "late") == "registered late")

    # The call stack begins here, goes through the widget, and comes back.
    assert CALL("who_calls") == ["server_module", "uplink", "uplink", True]
    assert CALL("ask", "who_called") == ["uplink", "uplink", "server_module", True]
    assert anvil.server.context.type == "uplink"
    assert anvil.server.get_app_origin().startswith("http://")

    with raises(anvil.server.NoServerFunctionError, 'No server function matching "nothing" has been registered'):
        CALL("nothing")
    with raises(TypeError, "first argument to anvil.server.call() must be as str"):
        CALL(7)
    # What is raised inside comes out as on Anvil: only KeyError is itself, of those of Python.
    with raises(anvil.server.AnvilWrappedError, "no such file"):
        CALL("fails", "value")
    with raises(KeyError, "nothing"):
        CALL("fails", "key")
    with raises(anvil.server.PermissionDenied, "not you"):
        CALL("ask", "fails_here", "denied")
    with raises(anvil.server.SerializationError, "Cannot serialize return value from function."):
        CALL("ask", "fails_here", "object")
    with raises(Exception, "Too many nested anvil.server.call()s"):
        CALL(*["ask"] * 11, "add", 1)


def types():
    zone = datetime.timezone(-datetime.timedelta(hours=9, minutes=30))
    moments = [
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
        datetime.datetime(1, 1, 1, 0, 0, 0, 1, zone),
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),
    ]
    values = ["", "text", "é \u2028 \U0001f600 \x00", True, False, None, 0, -1, 2**31, 2**53 + 1, 2**70, -(2**65),
              1.5, -0.0, 5e-324, math.inf, -math.inf, [], {}, [1, [2, {"a": [3.0]}]], {"": 1, "k": None},
              datetime.date(1, 1, 1), datetime.date(2026, 1, 2), *moments]  # fmt: skip
    for back in (CALL("echo", *values, deep={"in": values}), CALL("ask", "echo_here", *values, deep={"in": values})):
        assert back == [values, {"deep": {"in": values}}]
        assert list(map(exact, flat(back))) == list(map(exact, flat([values, {"deep": {"in": values}}])))
    # What they are inside is what they are here.
    kinds = ["text", True, None, 2**70, 1.5, [1], {"a": 1}, datetime.date(2026, 1, 2)]
    assert CALL("described", kinds) == [f"{type(value).__name__} {value!r}" for value in kinds]

    [[number], _] = CALL("echo", math.nan)
    assert math.isnan(number)
    assert CALL("echo", (1, (2, 3)))[0] == [[1, [2, 3]]]
    naive = datetime.datetime(2026, 7, 1, 12, 0)  # as people write it: of the zone of this program
    [[aware], _] = CALL("echo", naive)
    assert aware == naive.astimezone()
    assert aware.utcoffset() == naive.astimezone().utcoffset()

    # Objects of a class of both sides, deep inside, and one object twice.
    point = CALL("moved", Point(1, 2), 10)
    assert (type(point), point.x, point.y) == (Point, 11, 12)
    [[[one, other], [kind]], _] = CALL("echo", [Point(1, {"in": Point(2, 3)}), point], [Point])
    assert (one.y["in"].y, other.x, kind) == (3, 11, Point)
    may = anvil.server.Capability(["tour", 7])
    [[back, narrow], _] = CALL("echo", may, may.narrow(["less"]))
    assert anvil.server.unwrap_capability(back, ["tour", anvil.server.Capability.ANY]) == ["tour", 7]
    assert (back.is_valid, narrow.scope) == (True, ["tour", 7, "less"])

    around = []
    around.append(around)
    for wrong in ({1, 2}, b"bytes", decimal.Decimal(1), {1: 2}, object(), around):
        with raises(Exception, ""):
            CALL("echo", wrong)
    with raises(anvil.server.SerializationError, "Cannot serialize arguments to function."):
        CALL("echo", {1, 2})
    with raises(anvil.server.SerializationError, "Cannot serialize return value from function."):
        CALL("fails", "set")
    with raises(anvil.server.SerializationError, "Tried to pass too much data to a server function"):
        CALL("echo", "x" * 5_000_000)
    with raises(anvil.server.SerializationError, "This function returned too much data"):
        CALL("fails", "large")


def media():
    small = anvil.BlobMedia("text/plain", "é\n".encode(), name="e.txt")
    [[back], _] = CALL("ask", "echo_here", small)
    assert (back.content_type, back.name, back.length, back.get_bytes()) == ("text/plain", "e.txt", 3, b"\xc3\xa9\n")
    [[empty, named, other], _] = CALL("echo", anvil.BlobMedia("a/b", b""), back, small)
    assert (empty.get_bytes(), empty.name, named.get_bytes(), other.name) == (b"", None, b"\xc3\xa9\n", "e.txt")

    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "lines.csv"
        anvil.media.write_to_file(CALL("turned", anvil.BlobMedia("text/csv", b"2,1\n")), str(path))
        assert path.read_bytes() == b"\n1,2"
        assert anvil.media.from_file(str(path), "text/csv").name == "lines.csv"
    with anvil.media.TempFile(small) as temporary:
        assert pathlib.Path(temporary).read_bytes() == small.get_bytes()

    content = bytes(range(256)) * (LARGE_BYTES // 256)
    large = CALL("turned", anvil.BlobMedia("application/x-large", content, name="large.bin"))
    assert (large.length, large.content_type, large.name) == (LARGE_BYTES, "application/x-large", "turned large.bin")
    assert digest(large.get_bytes()) == digest(content[::-1])


def transactions():
    """Against a second program that counts the same visits."""
    counters = app_tables.counters
    visits = counters.add_row(name="visits", n=0)

    @anvil.tables.in_transaction
    def count_up():
        counters.get(name="visits")["n"] += 1

    def now():
        return counters.get(name="visits")["n"]

    with contextlib.suppress(ZeroDivisionError), anvil.tables.Transaction():
        visits["n"] = 100
        counters.add_row(name="other")
        1 / 0  # noqa: B018
    with anvil.tables.Transaction() as transaction:
        visits["n"] = 200
        transaction.abort()
    assert (now(), len(counters.search())) == (0, 1)
    with raises(anvil.tables.TableError, "You already have a transaction open here"), anvil.tables.Transaction():
        count_up()
    with anvil.tables.Transaction(relaxed=True):
        visits["n"] = 10

    rival = [sys.executable, str(pathlib.Path(__file__).with_name("rival.py")), KEY, URL]
    with subprocess.Popen(rival, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "here\n"

            def tell(times):
                process.stdin.write(f"{times}\n")
                process.stdin.flush()

            # It counts between what is read here and what is written.
            with raises(anvil.tables.TransactionConflict, "Another transaction has changed this data; aborting"):
                with anvil.tables.Transaction():
                    read = now()
                    tell(1)
                    assert process.stdout.readline() == "counted\n"
                    visits["n"] = read + 1
            assert now() == 11
            # Both at the same time: nothing is lost.
            tell(15)
            for _ in range(15):
                count_up()
            assert process.stdout.readline() == "counted\n"
            assert now() == 41
        finally:
            process.stdin.close()
            process.terminate()


def users():
    users_table = app_tables.users
    ann = anvil.users.signup_with_email("Ann@example.com", "correct horse battery")
    assert (ann["email"], ann["enabled"]) == ("ann@example.com", True)
    assert (anvil.users.get_user(), len(users_table.search())) == (ann, 1)
    anvil.users.logout()
    assert anvil.users.get_user() is None

    with raises(anvil.users.UserExists, "This user already exists"):
        anvil.users.signup_with_email("ann@example.com", "correct horse battery")
    with raises(anvil.users.PasswordNotAcceptable, "Passwords must be 8 characters or more"):
        anvil.users.signup_with_email("bob@example.com", "short")
    with raises(anvil.users.AuthenticationFailed, "Incorrect email address or password"):
        anvil.users.login_with_email("ann@example.com", "wrong")
    with raises(anvil.users.AuthenticationFailed, "You must be logged in to call this server function"):
        CALL("ask", "me_outside")

    assert anvil.users.login_with_email("ann@example.com", "correct horse battery") == ann
    assert CALL("ask", "me_outside") == "ann@example.com"
    with raises(anvil.users.AuthenticationFailed, "Incorrect password"):
        anvil.users.reset_password("wrong", "a quite new password")
    anvil.users.reset_password("correct horse battery", "a quite new password")
    anvil.users.force_login(None)
    assert anvil.users.get_user() is None
    ann["enabled"] = False
    with raises(anvil.users.AccountIsNotEnabled, ""):
        anvil.users.login_with_email("ann@example.com", "a quite new password")
    ann["enabled"] = True
    anvil.users.force_login(ann)
    assert anvil.users.get_user() == ann
    with raises(Exception, "You can't use login_with_form() on the server"):
        anvil.users.login_with_form()


def secrets():
    assert anvil.secrets.get_secret("api_token") == "s3cret of the tour"
    with raises(anvil.secrets.SecretError, "nothing"):
        anvil.secrets.get_secret("nothing")
    kept = anvil.secrets.encrypt_with_key("customer_key", "Jane Doe")
    assert kept != anvil.secrets.encrypt_with_key("customer_key", "Jane Doe")
    assert anvil.secrets.decrypt_with_key("customer_key", kept) == CALL("decrypted", kept) == "Jane Doe"


def background_tasks():
    """In the widget, and in this program."""
    launch = anvil.server.launch_background_task
    done = launch("counts", [1, 2, 3], anvil.BlobMedia("a/b", b"12345"))
    until(lambda: not done.is_running())
    assert (done.get_task_name(), done.is_completed(), done.get_termination_status()) == ("counts", True, "completed")
    assert done.get_return_value() == {"sum": 6, "bytes": 5, "day": datetime.date(2026, 1, 2)}
    assert (done.get_state(), done.get_error()) == ({"seen": [1, 2, 3]}, None)
    assert abs(done.get_start_time() - datetime.datetime.now(UTC)) < datetime.timedelta(hours=1)
    assert anvil.server.get_background_task(done.get_id()).get_return_value() == done.get_return_value()

    here = launch("outside", [3, 4], may=anvil.server.Capability(["tour", 7]).narrow(["less"]))
    until(here.is_completed)
    assert here.get_return_value() == [7, "uplink", "background_task", ["tour", 7, "less"]]
    assert here.get_state() == {"seen": [3, 4]}

    for name in ("counts", "outside"):
        failed, waits = launch(name, [1], ending="no such file"), launch(name, [5], ending="waits")
        until(lambda: failed.get_termination_status() == "failed")  # noqa: B023  # it ends in this round
        for told in (failed.is_completed, failed.get_error, failed.get_return_value):
            with raises(anvil.server.AnvilWrappedError, "no such file"):
                told()
        until(lambda: waits.get_state() == {"seen": [5]})  # noqa: B023
        assert (waits.is_running(), waits.is_completed(), waits.get_return_value()) == (True, False, None)
        assert waits.get_id() in [task.get_id() for task in anvil.server.list_background_tasks()]
        if name == "counts":
            waits.kill()
            assert (waits.get_termination_status(), waits.get_state()) == ("killed", {"seen": [5]})
        else:
            with raises(anvil.server.BackgroundTaskError, "This task runs on an uplink"):
                waits.kill()

    with raises(anvil.server.BackgroundTaskNotFound, "Background Task not found: nothing"):
        anvil.server.get_background_task("nothing")
    unknown = launch("nothing")
    until(lambda: unknown.get_termination_status() == "failed")
    with raises(anvil.server.NoServerFunctionError, "nothing"):
        unknown.get_error()


def reconnects():
    """After the site was killed: a call that waits is told, and soon they are answered again, those of others, too."""
    waits = anvil.server.launch_background_task("outside", [6], ending="waits")
    until(lambda: waits.get_state() == {"seen": [6]})
    print("now kill the site", flush=True)
    with raises(Exception, ""):
        while True:
            CALL("sleeps", 3)
    until(lambda: CALL("ask", "greet", "Ann") == "Hello, Ann.")
    # Nobody knows any more how far that came.
    until(lambda: waits.get_termination_status() == "missing")


CHAPTERS = [callables, types, media, tables, transactions, users, secrets, background_tasks, reconnects]

if __name__ == "__main__":
    anvil.server.connect(KEY, url=URL)
    for chapter in [chapter for chapter in CHAPTERS if chapter.__name__ in (sys.argv[3:] or chapter.__name__)]:
        began = time.monotonic()
        chapter()
        print(f"{chapter.__name__}: as on Anvil ({time.monotonic() - began:.1f} s)", flush=True)
    anvil.server.wait_forever()
