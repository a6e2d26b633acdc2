"""An HTTP API: each function with a route answers at this widget's public URL."""

import anvil.server


@anvil.server.route("/")
def home():
    return {"message": "It works. Try /hello/Ada or /add?a=2&b=3"}


@anvil.server.route("/hello/:name")
def hello(name):
    print(f"Somebody said hello to {name}")
    return f"Hello, {name}!"


@anvil.server.route("/add")
def add(a="0", b="0"):
    return {"sum": float(a) + float(b)}
