"""The server code of the widget that the tour (``tour.py``) talks to, as its owner would write it."""

import datetime
import time

import anvil
import anvil.secrets
import anvil.server
import anvil.tables
import anvil.users
from anvil.server import request, route
from anvil.tables import app_tables


@anvil.server.portable_class("tour.Point")
class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


@anvil.server.callable
def add(a, b=0):
    return a + b


@anvil.server.callable
def echo(*args, **kwargs):
    return [list(args), kwargs]


@anvil.server.callable
def described(values):
    return [f"{type(value).__name__} {value!r}" for value in values]


@anvil.server.callable
def moved(point, by):
    return Point(point.x + by, point.y + by)


@anvil.server.callable
def ask(name, *args, **kwargs):
    return anvil.server.call(name, *args, **kwargs)


@anvil.server.callable
def who_calls():
    context = anvil.server.context
    return [context.type, context.client.type, context.remote_caller.type, context.remote_caller.is_trusted]


@anvil.server.callable
def fails(kind):
    if kind == "key":
        return {}["nothing"]
    if kind == "set":
        return {1, 2}
    if kind == "large":
        return "x" * 5_000_000
    raise ValueError("no such file")


@anvil.server.callable
def sleeps(seconds):
    time.sleep(seconds)


@anvil.server.callable
def turned(media):
    return anvil.BlobMedia(media.content_type, media.get_bytes()[::-1], name=f"turned {media.name}")


@anvil.server.callable
def names_in(rows):
    return [row["name"] for row in rows]


@anvil.server.callable
def grown(row):
    row["age"] += 1
    return row


@anvil.server.callable
def readable(**which):
    return app_tables.people.client_readable(**which)


@anvil.server.callable
def decrypted(text):
    return anvil.secrets.decrypt_with_key("customer_key", text)


@anvil.server.background_task
def counts(numbers, media=None, *, ending=None):
    anvil.server.task_state["seen"] = []
    for number in numbers:
        anvil.server.task_state["seen"].append(number)
    if ending == "waits":
        time.sleep(600)
    if ending:
        raise ValueError(ending)
    return {"sum": sum(numbers), "bytes": media and media.length, "day": datetime.date(2026, 1, 2)}


@route("/log-in", methods=["POST"])
def log_in(email, password):
    return anvil.users.login_with_email(email, password)["email"]


@route("/me", authenticate_users=True)
def me():
    return {"widget": request.user["email"], "uplink": anvil.server.call("me_outside")}
