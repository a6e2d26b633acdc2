"""What all components have: properties that the page draws, events, a parent, and whether they are shown.

The page numbers components and owns what is drawn; Python owns classes, values, handlers and the tree.
"""

import _bridge

from anvil._spec import COMPONENTS

#: The number of a component that the page has made already, taken by the next constructor.
_adopting = []
#: What is told of an error that a handler raised (set by _dispatch).
_report = []
_PRIMITIVES = (str, bool, int, float)


class Tag:
    """A place for whatever code wants to remember with a component: ``button.tag.row = row``."""


def component_of(number):
    """Return the component with this number, None when there is none (any more)."""
    return _bridge.known(number)


def adopt(cls, number, values):
    """Return a component for what the page has made under this number with these properties."""
    _adopting.append(number)
    made = cls()
    made._values = dict(values)
    return made


def type_name(value):
    """Return the name of a value's class, for messages."""
    return type(value).__name__


class Component:
    """One component on the page. Its properties are keyword arguments: ``Button(text="Save")``."""

    _kind = "Component"
    _spec = {"properties": {}, "events": ["show", "hide"]}
    #: The description of the form that this is the class of.
    _form = None
    _parent = None
    #: How its container lays it out: slot, row, column …
    _layout = {}
    _tag = None
    #: It stands on the page by itself: the open form, or what an alert shows.
    _is_top = False
    #: The page has it, and knows it by ``_id``; see ``Late``.
    _is_made = False
    #: Event → its handlers.
    _handlers = {}
    #: Functions called before an event's handlers: write-back of data bindings.
    _first = None
    #: Slot → what others put there, for a form that has slots.
    _filled_slots = None
    #: It shows its rows page by page.
    _has_pages = False

    def __init__(self, **properties):
        if self._form is not None:
            self.init_components(**properties)
            return
        if _adopting:
            self._begin(_adopting.pop())
        else:
            self._begin(_bridge.create(self, self._kind, {}, 0, {}, 0))
        known = self._spec["properties"]
        for name in properties:
            if name in known:
                setattr(self, name, properties[name])
            else:
                self._set_checked(name, properties[name])

    def _begin(self, number):
        self._values = {}
        self._id = number
        self._is_made = True
        _bridge.know(number, self)

    def _set_checked(self, name, value):
        """Set a property that was given to the constructor."""
        if name in self._spec["properties"] or hasattr(type(self), name):
            setattr(self, name, value)
        elif name not in _IGNORED:
            raise TypeError("%s() got an unexpected property '%s'" % (self._kind, name))

    def __repr__(self):
        return "<anvil.%s object>" % self._kind

    # --- the tree

    @property
    def parent(self):
        """The container that it is in, None when it is in none."""
        return self._parent

    @parent.setter
    def parent(self, value):
        raise AttributeError("Cannot set 'parent': use add_component() of the container")

    def _go_into(self, container, index, layout):
        """Go into a container."""
        if self._parent is not None:
            raise ValueError("This component is already added to a container, call remove_from_parent() first")
        if self._is_top:
            raise ValueError("This component is the open form or shown by an alert, it can't be added to a container")
        container._put(self, index, layout)
        # Most have nobody to tell, and nothing in them that has.
        if self._handlers or self._children:
            self._tell_shown()

    def _tell_shown(self):
        if self._is_shown():
            self._tell("show")

    def remove_from_parent(self):
        """Take it out of its container; nothing happens when it is in none."""
        parent = self._parent
        if parent is None:
            return
        shown = self._is_shown()
        parent._children.remove(self)
        self._parent = None
        if shown:
            self._tell("hide")
        _bridge.remove(self._id)

    def _is_shown(self):
        part = self
        while part is not None:
            if not part.visible:
                return False
            if part._is_top:
                return True
            part = part._parent
        return False

    def _tell(self, event):
        """Raise show or hide here and in everything visible below."""
        if event in self._handlers:
            self.raise_event(event)
        for child in list(self._children):
            if child.visible:
                child._tell(event)

    _children = ()

    def _entered(self):
        """Told when it was put somewhere."""

    @property
    def tag(self):
        """Whatever code wants to remember with it."""
        if self._tag is None:
            self._tag = Tag()
        return self._tag

    @tag.setter
    def tag(self, value):
        self._tag = value

    visible = True

    # --- events

    def _check_event(self, event):
        if event not in self._spec["events"] and not event.startswith("x-") and event not in self._own_events():
            raise ValueError(
                "Cannot raise event for unknown event '%s' on %s component. Custom event names must start with 'x-'."
                % (event, self._kind_shown())
            )

    def _own_events(self):
        return ()

    def _kind_shown(self):
        return self._kind

    def add_event_handler(self, event, handler):
        """Call ``handler`` with each event of this name, after those that are there."""
        if not callable(handler):
            raise TypeError(
                "The '%s' event handler added to %s must be a callable, not type '%s'"
                % (event, self._kind_shown(), type_name(handler))
            )
        if event not in self._handlers:
            if not self._handlers:
                self._handlers = {}
            self._handlers[event] = []
            self._listen(event)
        self._handlers[event].append(handler)

    def _listen(self, event):
        if event in self._spec["events"] and event not in ("show", "hide") and event not in self._own_events():
            _bridge.listen(self._id, event)

    def set_event_handler(self, event, handler):
        """Call ``handler`` alone with each event of this name; None for nobody."""
        self._handlers.pop(event, None)
        if handler is not None:
            self.add_event_handler(event, handler)

    def remove_event_handler(self, event, handler=None):
        """Take away one handler of an event, or all of them; LookupError for one that is not there."""
        if handler is None:
            self._handlers.pop(event, None)
            return
        handlers = self._handlers.get(event, [])
        if handler not in handlers:
            raise LookupError(
                "event handler '%s' was not found in '%s' event handlers for this component" % (handler, event)
            )
        handlers.remove(handler)

    def get_event_handlers(self, event):
        """Return the handlers of an event as a tuple, in order."""
        return tuple(self._handlers.get(event, ()))

    def raise_event(self, event_name, **event_args):
        """Call the handlers of an event; what one raises is reported, and the next one is called all the same."""
        if event_name == "x-close-alert" and self._is_top:
            _closing[self._id] = event_args.get("value")
            _bridge.close_alert(self._id)
        self._write_back(event_name)
        if event_name not in self._handlers:
            self._check_event(event_name)
            return
        event_args["sender"] = self
        event_args["event_name"] = event_name
        for handler in list(self._handlers[event_name]):
            try:
                handler(**event_args)
            except Exception as error:
                _report[0](error)

    def _happened(self, event, event_args):
        """An event of the page."""
        if event in self._handlers:
            self.raise_event(event, **event_args)
        else:
            self._write_back(event)

    def _write_back(self, event):
        """Let data bindings of a form take what people changed, before handlers look at it."""
        if self._first is None:
            return
        for call in self._first.get(event, ()):
            try:
                call()
            except Exception as error:
                _report[0](error)

    # --- methods that the page has

    def _invoke(self, method, *args):
        return _bridge.from_json(_bridge.invoke(self._id, method, _bridge.to_json(list(args))))

    def scroll_into_view(self, smooth=False, align="center"):
        """Scroll the page so that it is seen; ``align`` says where on the screen."""
        if align not in ("start", "center", "end", "nearest"):
            raise ValueError("align must be 'start', 'center', 'end' or 'nearest', not %r" % (align,))
        self._invoke("scroll_into_view", bool(smooth), align)

    def focus(self):
        """Let the next keys go here."""
        self._invoke("focus")

    def select(self):
        """Select the text in it."""
        self._invoke("select")


class _Number:
    """The number of a component that the page has not made yet: who asks for it has it made, in no container."""

    def __get__(self, part, cls):
        if part is None:
            return self
        part._is_made = True
        part._id = _bridge.create(part, part._kind, part._values, 0, {}, 0)
        return part._id


class Late(Component):
    """A component that holds no others: the page makes it, as it is by then, when it is put into a container.

    That is one call of the page and not three: code makes them by the thousand. What is rare stands in functions of its
    own, as Light makes room for all that a function might need whenever it is called.
    """

    #: The class that ``define`` made: classes derived of it may have properties of their own.
    _defined = None
    #: Its properties that only the page draws.
    _drawn = {}
    _id = _Number()

    def __init__(self, **properties):
        if _adopting or type(self) is not self._defined or not _bridge.are_plain(properties, self._drawn):
            Component.__init__(self, **properties)
        else:
            self._values = properties

    def _go_into(self, container, index, layout):
        if self._is_made:
            Component._go_into(self, container, index, layout)
            return
        if index is None:
            index = len(container._children)
        container._children.insert(index, self)
        self._parent = container
        self._layout = layout
        self._is_made = True
        self._id = _bridge.create(self, self._kind, self._values, container._id, layout, index)
        if self._handlers:
            self._tell_shown()


#: What an alert returns that a component closed by the event x-close-alert, by the component's number.
_closing = {}
#: Properties of old apps that mean nothing any more.
_IGNORED = ("width", "row_spacing")


class Container(Component):
    """A component that holds others."""

    def _begin(self, number):
        Component._begin(self, number)
        self._children = []

    def add_component(self, component, index=None, **layout):
        """Put a component into this one, at an index among its components or at the end."""
        if not isinstance(component, Component):
            raise TypeError("Argument to add_component must be a component, not %s" % type_name(component))
        component._go_into(self, index, layout)

    def _base_add(self, component, index, layout):
        """Put a component into the container itself, whatever slots it has as a form."""
        self.add_component(component, index=index, **layout)

    def _put(self, component, index, layout):
        component._parent = self
        component._layout = layout
        # Not "at the end": what was painted has its place already, and keeps the focus there.
        if index is None:
            index = len(self._children)
        self._children.insert(index, component)
        _bridge.append(self._id, component._id, _bridge.to_json(layout) if layout else "", index)
        component._entered()

    def _entered(self):
        """Told when it, or what it is in, was put somewhere."""
        for child in self._children:
            child._entered()

    def _show_item(self):
        """Told when a form's item is another, or has changed."""

    def get_components(self):
        """Return the components in this one, in order."""
        return list(self._children)

    def clear(self):
        """Take all components out."""
        for component in list(self._children):
            component.remove_from_parent()

    def raise_event_on_children(self, event_name, **event_args):
        """Raise an event on each component in this one."""
        for component in list(self._children):
            component.raise_event(event_name, **event_args)

    # --- as the container of a form

    def init_components(self, **properties):
        """Set the form's properties and fill in its data bindings; the first line of a form's ``__init__``."""
        self._form.start(self, properties)

    def refresh_data_bindings(self):
        """Evaluate the form's data bindings anew."""
        self._form.refresh(self)

    def _own_events(self):
        return ("refreshing_data_bindings",) if self._form is None else self._form.events

    def _kind_shown(self):
        return self._kind if self._form is None else self._form.short


# --- properties


def send(number, name, value):
    """Tell the page of a property: a primitive as it is, what JSON can carry as JSON, the rest as text."""
    if value is None or isinstance(value, _PRIMITIVES):
        _bridge.set(number, name, value)
    elif isinstance(value, (list, tuple, dict)):
        _bridge.set_json(number, name, _bridge.to_json(value))
    else:
        _bridge.set(number, name, str(value))


def drawn(name, default):
    """A property that Python sets and the page draws."""

    def read(self):
        return self._values.get(name, default)

    def write(self, value):
        if self._is_made or not isinstance(value, _PRIMITIVES):
            send(self._id, name, value)
        self._values[name] = value

    return property(read, write)


def live(name):
    """A property that people change on the page."""

    def read(self):
        return _bridge.from_json(_bridge.get(self._id, name))

    def write(self, value):
        send(self._id, name, value)

    return property(read, write)


def _visible():
    def read(self):
        return self._values.get("visible", True)

    def write(self, value):
        value = bool(value)
        if value == self.visible:
            return
        above = self._is_top or (self._parent is not None and self._parent._is_shown())
        self._values["visible"] = value
        _bridge.set(self._id, "visible", value)
        if above:
            self._tell("show" if value else "hide")

    return property(read, write)


def define(name, base=None, more=None):
    """Return the class of a component, made of its entry in components.json.

    ``base`` brings what a list can't say, as do the members ``more``; their own properties are kept.
    """
    spec = COMPONENTS[name]
    if base is None:
        base = Container if spec.get("container") else Component if more else Late
    members = {"_kind": name, "_spec": spec, "__module__": "anvil"}
    only_drawn = {}
    members.update(more or {})
    for key in spec["properties"]:
        entry = spec["properties"][key]
        if key in members or (hasattr(base, key) and key != "visible"):
            continue
        if key == "visible":
            members[key] = _visible()
        elif entry.get("live"):
            members[key] = live(key)
        else:
            members[key] = drawn(key, entry["default"])
            only_drawn[key] = True
    made = type(name, (base,), members)
    if base is Late:
        made._defined = made
        made._drawn = only_drawn
    return made
