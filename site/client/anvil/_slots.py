"""Slots of forms: where others put components into a form that is a layout, or a component of theirs."""

from anvil._component import Container


class InLayout(Container):
    """A form that is another form, its layout, with components in the slots of that."""

    def add_component(self, component, slot=None, index=None, **layout):
        """Put a component into a slot of the layout, the first one when none is named."""
        slots = slots_of(self.layout)
        if slot is None and slots:
            slot = next(iter(slots))
        fill(self.layout, component, slot, index, layout)

    def get_components(self):
        """Return the components in the slots of the layout."""
        return in_slots(self.layout)

    def clear(self):
        """Take all components out of the slots."""
        for component in in_slots(self.layout):
            component.remove_from_parent()


def slots_of(form):
    """Return the slots of a form by name; none for what is no form, or has none."""
    return form._form.slots if form._form is not None else {}


def in_slots(form):
    """Return what is in a form's slots, slot by slot."""
    found = []
    for name in slots_of(form):
        found.extend(_there(form, name))
    return found


def fill(form, component, name, index, layout):
    """Put a component into a slot of a form; where the form has no such slot, into its container."""
    slot = slots_of(form).get(name)
    if slot is None:
        if name is not None:
            layout["slot"] = name
        form._base_add(component, index, layout)
    elif slot["is_slot"]:
        fill(form.layout, component, slot["path"][0], index, layout)
        _there(form, name).append(component)
    else:
        _put(form, component, slot, index, layout)


def _put(form, component, slot, index, layout):
    container = form._parts[slot["path"][0] if slot["path"] else ""]
    place = dict(layout)
    place.pop("slot", None)
    place.update(slot["layout"])
    before = _first_index(form, slot)
    mine = _there(form, slot["name"])
    if before is not None:
        before += len(mine) if index is None else index
    if index is None:
        mine.append(component)
    else:
        mine.insert(index, component)
    container._base_add(component, before, place)


def _first_index(form, slot):
    """The index in its container of a slot's first component; None for the end."""
    if slot.get("index", -1) < 0:
        return None
    count = slot["index"]
    for other in slots_of(form).values():
        if other is slot:
            break
        if other["path"] == slot["path"] and not other["is_slot"] and 0 <= other.get("index", -1) <= slot["index"]:
            count += len(_there(form, other["name"]))
    return count


def _there(form, name):
    """What is still in a slot, as a list that may be changed."""
    if form._filled_slots is None:
        form._filled_slots = {}
    found = [one for one in form._filled_slots.get(name, ()) if one._parent is not None]
    form._filled_slots[name] = found
    return found
