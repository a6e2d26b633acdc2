"""How the page calls Python: each event ends in ``dispatch``, and what nobody caught is reported."""

import _bridge

import anvil
from anvil import _calls, _component, _errors, _forms, _html, _pushed, _wire, server


def dispatch(number, event, text):
    """Handle an event of the component with this number; 0 is the page itself."""
    try:
        if number == 0:
            _of_page(event, _bridge.from_json(text))
            return
        component = _component.component_of(number)
        if event == "called_by_js":
            _html.called_by_js(component, _bridge.from_json(text))
        elif component is not None:
            component._happened(event, _bridge.from_json(text))
    except BaseException as error:
        _errors.report(error)


def _of_page(event, args):
    if event == "start":
        _start(args)
    elif event == "called_by_js":
        _errors.called_by_page(args)
    elif event == "answered":
        _calls.answered(args["call"], args["answer"])
    elif event == "pushed":
        _pushed.arrived(args)


def _start(args):
    _forms._app["package"] = args["package"]
    anvil.app._set_up(args)
    opens = {}
    if args.get("opens"):
        opens = _wire.decoded(args["opens"])["opens"]
        server.startup_data = opens.get("data")
    startup = args["startup"]
    if startup["kind"] == "module":
        _bridge.import_module(args["package"] + "." + startup["name"])
    else:
        anvil.open_form(startup["name"], *(opens.get("args") or ()), **(opens.get("kwargs") or {}))


_component._report.append(_errors.report)
