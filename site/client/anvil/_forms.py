"""Forms: classes made of their design, data bindings, and which form is open."""

import _bridge

from anvil import _component
from anvil._component import Component, Container, adopt, define
from anvil._slots import InLayout, fill

_app = {"package": "", "open": None}
#: The place of the form that is made now, "" for the one that is opened first (see ``build`` of the bridge).
_place = [""]


def class_of(kind):
    """Return the class of a component of a design; of one that we do not have, a container that shows what is in it."""
    import anvil

    if kind == "FormInLayout":
        return _form_in_layout

    found = getattr(anvil, kind, None)
    return found if isinstance(found, type) and issubclass(found, Component) else Container


_form_in_layout = type("FormInLayout", (define("LinearPanel", InLayout),), {"_kind": "FormInLayout"})


def form_class(name):
    """Return the class of a form by its whole name, "Package.Form1".

    AttributeError for a module without a class of that name.
    """
    module = _bridge.import_module(name)
    short = name.rpartition(".")[2]
    found = getattr(module, short, None)
    if found is None:
        raise AttributeError('"%s" module does not contain a class called "%s"' % (name, short))
    return found


def form_template(name, bindings):
    """Return the base class of the form with this whole name; ``bindings`` as `_anvil_designer` has them."""
    design = _bridge.from_json(_bridge.template(name))
    if design is None:
        raise ImportError("This widget has no form %s" % name)
    form = FormDesign(name, design, bindings)
    members = {"_form": form, "__module__": name, "__new__": staticmethod(_furnished)}
    for entry in form.own_properties:
        if not hasattr(Container, entry["name"]):
            members[entry["name"]] = _own_property(entry["name"], entry.get("default"))
    members["item"] = _item
    base = class_of(design["root"]["type"])
    if form.slots:
        members["add_component"] = _adder
        members["_base_add"] = _base_adder(base)
    return type(form.short + "Template", (base,), members)


def _furnished(cls, *args, **properties):
    made = object.__new__(cls)
    cls._form.furnish(made)
    return made


def _adder(self, component, slot=None, index=None, **layout):
    """Put a component into one of the form's slots, or into its container."""
    fill(self, component, slot, index, layout)


def _base_adder(base):
    def add(self, component, index, layout):
        base.add_component(self, component, index=index, **layout)

    return add


def _own_property(name, default):
    def read(self):
        return self._own.get(name, default)

    def write(self, value):
        self._own[name] = value
        if self._started:
            self.refresh_data_bindings()

    return property(read, write)


def _read_item(self):
    return self._own["item"]


def _write_item(self, value):
    self._own["item"] = value
    if self._started:
        self.refresh_data_bindings()


_item = property(_read_item, _write_item)


class FormDesign:
    """The design of one form, and what is done by it to each instance of the form's class."""

    def __init__(self, name, design, bindings):
        self.name = name
        self.short = name.rpartition(".")[2]
        self.root = design["root"]
        self.bindings = bindings
        component = design.get("component") or {}
        self.own_properties = component.get("properties") or []
        self.slots = {}
        for slot in component.get("slots") or []:
            known = {"is_slot": False, "layout": {}, "index": -1}
            known.update(slot)
            self.slots[slot["name"]] = known
        own = [event["name"] for event in component.get("events") or []]
        self.events = tuple(own) + ("refreshing_data_bindings",)
        #: Class → its methods with ``@handle``: thousands of rows are made of one class.
        self._by_code = {}

    def furnish(self, form):
        """Give a new instance its components; its handlers are set, its data bindings not yet filled in."""
        place = _place[0]
        number = _bridge.build(self.name, place)
        form._own = {"item": {}}
        form._started = False
        form._begin(number)
        form._values = dict(self.root["properties"])
        form._parts = {"": form}
        try:
            self._adopt_children(form, form, self.root, number, place)
        finally:
            _place[0] = place
        self._set_handlers(form)
        self._set_writebacks(form)

    def _adopt_children(self, form, parent, node, number, place):
        """Make the objects for what the page has built in preorder; return the last number used."""
        for child in node["children"]:
            if child["type"].startswith("form:"):
                _place[0] = place + "/" + child["name"]
                made = form_class(child["type"][5:])(**child["properties"])
            else:
                number = number + 1
                made = adopt(class_of(child["type"]), number, child["properties"])
            self._place(parent, node, made, child)
            form._parts[child["name"]] = made
            setattr(form, child["name"], made)
            number = self._adopt_children(form, made, child, number, place)
        return number

    def _place(self, parent, node, made, child):
        layout = child["layout"]
        if node["type"].startswith("form:"):
            rest = dict(layout)
            slot = rest.pop("slot", None)
            fill(parent, made, slot, None, rest)
        elif child["type"].startswith("form:"):
            parent._put(made, len(parent._children), layout)
        else:
            # The page has it there already.
            made._parent = parent
            made._layout = layout
            parent._children.append(made)

    def _set_handlers(self, form):
        by_code = self._handled_by_code(form)
        for name, event in by_code:
            handlers = by_code[(name, event)]
            for handler in handlers:
                self._part(form, name).add_event_handler(event, getattr(form, handler))
        self._set_designed(form, form, self.root, "", by_code)

    def _part(self, form, name):
        if name not in form._parts:
            raise ValueError("@handle: the form %s has no component called '%s'" % (self.short, name))
        return form._parts[name]

    def _handled_by_code(self, form):
        """The methods with ``@handle``: (component, event) → names of methods."""
        cls = type(form)
        if cls in self._by_code:
            return self._by_code[cls]
        found = self._by_code[cls] = {}
        for name in dir(cls):
            if name.startswith("__"):
                continue
            for place in getattr(getattr(cls, name, None), "_handles", ()):
                found.setdefault(place, []).append(name)
        return found

    def _set_designed(self, form, part, node, name, by_code):
        for event in node["events"]:
            if (name, event) in by_code:
                continue
            handler = getattr(form, node["events"][event], None)
            if handler is None:
                print("Warning: %s has no method %s, which its design names." % (self.short, node["events"][event]))
            else:
                part.add_event_handler(event, handler)
        for child in node["children"]:
            self._set_designed(form, form._parts[child["name"]], child, child["name"], by_code)

    def _set_writebacks(self, form):
        for name, prop, _, write in self.bindings:
            if write is None or name not in form._parts:
                continue
            part = form._parts[name]
            for event in _writeback_events(part, prop):
                if part._first is None:
                    part._first = {}
                part._first.setdefault(event, []).append(_writeback(form, part, prop, write))
                part._listen(event)

    def start(self, form, properties):
        """Set the properties that the form's constructor was given, then fill in its data bindings."""
        if form._started:
            return
        for name in properties:
            form._set_checked(name, properties[name])
        form._started = True
        self.refresh(form)

    def refresh(self, form):
        """Fill in the data bindings; what one raises keeps no other from being filled in."""
        if "refreshing_data_bindings" in form._handlers:
            form.raise_event("refreshing_data_bindings")
        failed = []
        for name, prop, read, _ in self.bindings:
            try:
                value = read(form)
            except KeyError:
                value = None
            except Exception as error:
                failed.append(error)
                continue
            setattr(form._parts[name], prop, value)
        form._show_item()
        if len(failed) == 1:
            raise failed[0]
        if failed:
            raise RuntimeError("Data Binding update failed with %d errors" % len(failed))


def _writeback_events(part, prop):
    if part._form is not None:
        for entry in part._form.own_properties:
            if entry["name"] == prop:
                return entry.get("writeback") or ()
    return part._spec["properties"].get(prop, {}).get("writeback", ())


def _writeback(form, part, prop, write):
    def call():
        write(form, getattr(part, prop))

    return call


# --- which form is open


def open_form(form, *args, **properties):
    """Show a form instead of the one that is open, and return it: an instance, or a name and what its class takes."""
    if isinstance(form, str):
        form = form_named(form, _app["package"])(*args, **properties)
    if not isinstance(form, Component):
        raise TypeError("open_form() takes a form or the name of one, not %s" % _component.type_name(form))
    if form._parent is not None:
        raise ValueError("This form is already added to a container, call remove_from_parent() first")
    before = _app["open"]
    if before is not None and before is not form:
        before._tell("hide")
        before._is_top = False
    _app["open"] = form
    form._is_top = True
    _bridge.open_form(form._id)
    if before is not form and form.visible:
        form._tell("show")
    return form


def form_named(name, package):
    """Return the class of a form by its name, whole or within a package."""
    whole = name if name.startswith(package + ".") else package + "." + name
    return form_class(whole)


def package_of(component):
    """Return the name of the package whose form a component is in; the widget's own when it is in none."""
    part = component
    while part is not None:
        if part._form is not None:
            return part._form.name.partition(".")[0]
        part = part._parent
    return _app["package"]


def get_open_form():
    """Return the open form, None before the first is open."""
    return _app["open"]


def handle(component, event):
    """Mark a form's method as the handler of an event of one of its components; "" is the form itself."""

    def mark(method):
        if not hasattr(method, "_handles"):
            method._handles = []
        method._handles.append((component, event))
        return method

    return mark


#: For designers' modules.
__all__ = ["form_template", "open_form", "get_open_form", "handle", "define"]
