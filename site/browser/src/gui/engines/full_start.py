# Runs once in Pyodide: makes the module `_bridge` of the page's functions, then our library can be imported.
import importlib
import itertools
import json
import signal
import sys
import time
import types

import _bridge_of_page
import _page
from pyodide.ffi import JsException, can_run_sync, run_sync

sys.path[:0] = ["/app", "/widgetry.zip"]
bridge = types.ModuleType("_bridge")
for name in dir(_bridge_of_page):
    if not name.startswith("__"):
        setattr(bridge, name, getattr(_bridge_of_page, name))


create_of_page = bridge.create
drop_of_page = bridge.drop
#: Number → component.
known = {}


def create(part, kind, properties, parent, layout, index):
    told = json.dumps(layout) if layout else ""
    number = create_of_page(kind, parent, told, index, *itertools.chain.from_iterable(properties.items()))
    known[number] = part
    return number


def drop(number):
    known.pop(number, None)
    drop_of_page(number)


def are_plain(properties, known):
    for name in properties:
        if name not in known or not isinstance(properties[name], (str, int, float)):
            return False
    return True


def wait(promise):
    if not _page.waits:
        return promise
    try:
        return run_sync(promise)
    finally:
        _page.resumed()


def trace_of(error):
    found = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith("/app/"):
            found.insert(0, [code.co_filename[5:], trace.tb_lineno, code.co_name])
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith("/app/"):
        found.insert(0, [error.filename[5:], error.lineno or 0, ""])
    return found


def blob(content, content_type):
    from pyodide.ffi import to_js

    return _bridge_of_page.blob(to_js(content), content_type)


def blob_bytes(handle):
    return wait(_bridge_of_page.blob_bytes(handle)).to_bytes()


bridge.create = create
bridge.drop = drop
bridge.know = known.__setitem__
bridge.known = known.get
bridge.are_plain = are_plain
bridge.wait = wait
bridge.trace_of = trace_of
bridge.to_json = json.dumps
bridge.from_json = json.loads
bridge.import_module = importlib.import_module
bridge.blob = blob
bridge.drop_with = lambda owner, what, handle: None
bridge.blob_bytes = blob_bytes
bridge.js_error = JsException
sys.modules["_bridge"] = bridge


def sleep(seconds):
    wait(bridge.sleep(seconds))


time.sleep = sleep


def breathe(_number, frame):
    """Let the page live, but only out of the widget's own code: elsewhere Pyodide can't be left."""
    try:
        if frame is not None and frame.f_code.co_filename.startswith("/app/") and can_run_sync():
            reason = run_sync(_page.breathe())
            if reason == "limit":
                raise KeyboardInterrupt("This code ran too long without giving way, so it was stopped.")
            if reason:
                raise KeyboardInterrupt("Stopped.")
    finally:
        _page.left()


signal.signal(14, breathe)

from anvil._dispatch import dispatch
