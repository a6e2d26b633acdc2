"""What Python's enum has, for Skulpt: Enum, IntEnum, StrEnum, Flag, IntFlag, auto, unique."""


class auto(object):
    """The next value; which it is, is known when the class is made."""


class _Kind(type):
    """The type of enumerations: makes members of what a class names (see skulpt_patches.js)."""

    def __init__(cls, name, bases, names):
        members = {}
        by_value = []
        for base in bases:
            if getattr(base, "_member_map_", None):
                raise TypeError("cannot extend " + repr(base))
        previous = []
        for key in names:
            value = names[key]
            if _is_member(key, value):
                if isinstance(value, auto):
                    value = cls._generate_next_value_(key, 1, len(previous), previous)
                previous.append(value)
                members[key] = _member(cls, key, value, by_value)
        for key in members:
            setattr(cls, key, members[key])
        cls._member_map_ = members
        cls._member_list_ = by_value

    def __iter__(cls):
        return iter(cls._member_list_)

    def __len__(cls):
        return len(cls._member_list_)

    def __contains__(cls, item):
        return isinstance(item, cls) or any([member._value_ == item for member in cls._member_list_])

    def __getitem__(cls, name):
        return cls._member_map_[name]

    def __call__(cls, value):
        return cls._of_value(value)

    def __repr__(cls):
        return "<enum " + repr(cls.__name__) + ">"

    @property
    def __members__(cls):
        return dict(cls._member_map_)


def _is_member(key, value):
    if key.startswith("_"):
        return False
    return not (callable(value) or hasattr(value, "__get__")) or isinstance(value, auto)


def _member(cls, key, value, by_value):
    for known in by_value:
        if known._value_ == value:
            return known  # an alias
    made = object.__new__(cls)
    made._name_ = key
    made._value_ = value
    made._sort_order_ = len(by_value)
    if hasattr(cls, "__init__") and getattr(cls, "_takes_values", False):
        made.__init__(*(value if isinstance(value, tuple) else (value,)))
    by_value.append(made)
    return made


def _next_value(name, start, count, last_values):
    return max([start - 1] + [value for value in last_values if isinstance(value, int)]) + 1


def _of_value(cls, value):
    if isinstance(value, cls):
        return value
    for member in cls._member_list_:
        if member._value_ == value:
            return member
    found = cls._missing_(value)
    if found is not None:
        return found
    raise ValueError(repr(value) + " is not a valid " + cls.__name__)


def _shown(self):
    return "<" + type(self).__name__ + "." + self._name_ + ": " + repr(self._value_) + ">"


_BASE = {
    "_member_map_": {},
    "_member_list_": [],
    "_generate_next_value_": staticmethod(_next_value),
    "_missing_": classmethod(lambda cls, value: None),
    "_of_value": classmethod(_of_value),
    "name": property(lambda self: self._name_),
    "value": property(lambda self: self._value_),
    "__repr__": _shown,
    "__str__": lambda self: type(self).__name__ + "." + self._name_,
    "__eq__": lambda self, other: self is other,
    "__ne__": lambda self, other: self is not other,
    "__hash__": lambda self: hash(self._name_),
}


def _based(name, more):
    names = dict(_BASE)
    names.update(more)
    return _Kind(name, (object,), names)


Enum = _based("Enum", {})


def _number(other):
    return other._value_ if isinstance(type(other), _Kind) else other


_NUMBER = {
    "__int__": lambda self: self._value_,
    "__index__": lambda self: self._value_,
    "__str__": lambda self: str(self._value_),
    "__hash__": lambda self: hash(self._value_),
    "__eq__": lambda self, other: self._value_ == _number(other),
    "__ne__": lambda self, other: self._value_ != _number(other),
    "__lt__": lambda self, other: self._value_ < _number(other),
    "__le__": lambda self, other: self._value_ <= _number(other),
    "__gt__": lambda self, other: self._value_ > _number(other),
    "__ge__": lambda self, other: self._value_ >= _number(other),
    "__add__": lambda self, other: self._value_ + _number(other),
    "__radd__": lambda self, other: _number(other) + self._value_,
    "__sub__": lambda self, other: self._value_ - _number(other),
    "__rsub__": lambda self, other: _number(other) - self._value_,
    "__mul__": lambda self, other: self._value_ * _number(other),
    "__rmul__": lambda self, other: _number(other) * self._value_,
    "__bool__": lambda self: bool(self._value_),
}
IntEnum = _based("IntEnum", _NUMBER)
StrEnum = _based(
    "StrEnum",
    {
        "_generate_next_value_": staticmethod(lambda name, start, count, last_values: name.lower()),
        "__str__": lambda self: self._value_,
        "__eq__": lambda self, other: self._value_ == _number(other),
        "__ne__": lambda self, other: self._value_ != _number(other),
        "__hash__": lambda self: hash(self._value_),
        "__add__": lambda self, other: self._value_ + _number(other),
        "__radd__": lambda self, other: _number(other) + self._value_,
        "__len__": lambda self: len(self._value_),
    },
)


def _next_flag(name, start, count, last_values):
    value = 1
    for known in last_values:
        while value <= known:
            value *= 2
    return value


def _flag(cls, bits):
    for member in cls._member_list_:
        if member._value_ == bits:
            return member
    every = 0
    for member in cls._member_list_:
        every |= member._value_
    if bits & ~every:
        raise ValueError(repr(bits) + " is not a valid " + cls.__name__)
    made = object.__new__(cls)
    made._value_ = bits
    made._name_ = "|".join([member._name_ for member in cls._member_list_ if bits & member._value_]) or None
    return made


_BITS = {
    "_generate_next_value_": staticmethod(_next_flag),
    "_missing_": classmethod(_flag),
    "__or__": lambda self, other: _flag(type(self), self._value_ | _number(other)),
    "__and__": lambda self, other: _flag(type(self), self._value_ & _number(other)),
    "__xor__": lambda self, other: _flag(type(self), self._value_ ^ _number(other)),
    "__invert__": lambda self: _flag(type(self), sum([m._value_ for m in type(self)]) & ~self._value_),
    "__contains__": lambda self, other: other._value_ & self._value_ == other._value_,
    "__bool__": lambda self: bool(self._value_),
    "__eq__": lambda self, other: type(self) is type(other) and self._value_ == other._value_,
    "__ne__": lambda self, other: not (type(self) is type(other) and self._value_ == other._value_),
    "__hash__": lambda self: hash(self._value_),
    "__str__": lambda self: type(self).__name__ + "." + str(self._name_ if self._name_ else self._value_),
}
Flag = _based("Flag", _BITS)
_INT_BITS = dict(_NUMBER)
for _key in _BITS:
    if _key not in ("__eq__", "__ne__", "__str__"):
        _INT_BITS[_key] = _BITS[_key]
IntFlag = _based("IntFlag", _INT_BITS)


def unique(cls):
    aliases = [key for key in cls._member_map_ if cls._member_map_[key]._name_ != key]
    if aliases:
        said = ", ".join([key + " -> " + cls._member_map_[key]._name_ for key in aliases])
        raise ValueError("duplicate values found in " + repr(cls) + ": " + said)
    return cls
