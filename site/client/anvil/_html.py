"""HTML forms: slots, and calls between their JavaScript and Python."""

import _bridge

from anvil._component import Container


class Html(Container):
    """What HtmlTemplate has beside its properties."""

    def add_component(self, component, slot="default", index=None, **layout):
        """Put a component into one of the slots of the HTML, at an index among all components or at the end."""
        layout["slot"] = slot
        Container.add_component(self, component, index, **layout)

    def clear(self, slot=None):
        """Take all components out, or those of one slot."""
        for component in list(self._children):
            if slot is None or component._layout.get("slot", "default") == slot:
                component.remove_from_parent()

    @property
    def dom_nodes(self):
        """The elements of its own HTML that have an ``anvil-name``, by that name, as objects of JavaScript's."""
        from anvil import js

        top = js.get_dom_node(self)
        found = {}
        for element in top.querySelectorAll("[anvil-name]"):
            if element.parentElement.closest(".anvil-html-template") == top:
                found[element.getAttribute("anvil-name")] = element
        return found

    def call_js(self, name, *args):
        """Call a JavaScript function of the page with values that JSON can carry, and return what it returns."""
        return call_js(name, *args)


def call_js(name, *args):
    """Call a JavaScript function by its name and wait for what it returns, or for what its promise gives."""
    answer = _bridge.from_json(_bridge.wait(_bridge.call_js(name, _bridge.to_json(list(args)))))
    if "error" in answer:
        raise RuntimeError("%s: %s" % (name, answer["error"]))
    return answer.get("value")


def called_by_js(component, args):
    """Call the method that ``anvil.call`` names, of the form that the component is in, and answer with its value."""
    try:
        value = _method(component, args["method"])(*args["args"])
        answer = _bridge.to_json({"value": value})
    except BaseException as error:
        _bridge.answer_js(args["call"], _bridge.to_json({"error": "%s: %s" % (type(error).__name__, error)}))
        raise
    _bridge.answer_js(args["call"], answer)


def _method(component, name):
    part = component
    while part is not None:
        if part._form is not None and callable(getattr(part, name, None)):
            return getattr(part, name)
        part = part._parent
    raise AttributeError("anvil.call: no form around this element has a method %s" % name)
