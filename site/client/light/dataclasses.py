"""What Python's dataclasses has, for Skulpt. Annotations of a class arrive as ``__annotations__``: see light_python."""


class FrozenInstanceError(AttributeError):
    pass


class _Missing(object):
    def __repr__(self):
        return "MISSING"


MISSING = _Missing()


class Field(object):
    def __init__(self, default, default_factory, init, repr, compare, metadata):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.metadata = metadata or {}


def field(
    default=MISSING,
    default_factory=MISSING,
    init=True,
    repr=True,
    hash=None,
    compare=True,
    metadata=None,
    kw_only=False,
):
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, compare, metadata)


def _fields_of(cls):
    found = {}
    for base in reversed(cls.__mro__[1:]):
        for known in getattr(base, "__dataclass_fields__", {}).values():
            found[known.name] = known
    own = cls.__dict__
    names = own["__annotations__"] if "__annotations__" in own else {}
    for name in names:
        if str(names[name]).find("ClassVar") >= 0:
            continue
        value = own[name] if name in own else MISSING
        made = value if isinstance(value, Field) else field(default=value)
        if isinstance(made.default, (list, dict, set)):
            raise ValueError(
                "mutable default "
                + str(type(made.default))
                + " for field "
                + name
                + " is not allowed: use default_factory"
            )
        made.name = name
        made.type = names[name]
        if isinstance(value, Field) and value.default is not MISSING:
            setattr(cls, name, value.default)
        found[name] = made
    return found


def _init(fields):
    def __init__(self, *args, **keywords):
        taking = [known for known in fields.values() if known.init]
        if len(args) > len(taking):
            raise TypeError(
                "__init__() takes %d positional arguments but %d were given" % (len(taking) + 1, len(args) + 1)
            )
        given = {}
        for known, value in zip(taking, args):  # noqa: B905  # Skulpt knows no strict
            given[known.name] = value
        for name in keywords:
            if name not in [known.name for known in taking]:
                raise TypeError("__init__() got an unexpected keyword argument '" + name + "'")
            if name in given:
                raise TypeError("__init__() got multiple values for argument '" + name + "'")
            given[name] = keywords[name]
        missing = [
            n
            for n in [k.name for k in taking if k.default is MISSING and k.default_factory is MISSING]
            if n not in given
        ]
        if missing:
            said = " and ".join(["'" + name + "'" for name in missing])
            raise TypeError(
                "__init__() missing %d required positional argument%s: %s"
                % (len(missing), "s" * (len(missing) > 1), said)
            )
        for known in fields.values():
            if known.name in given:
                self.__dict__[known.name] = given[known.name]
            elif known.default_factory is not MISSING:
                self.__dict__[known.name] = known.default_factory()
            elif known.default is not MISSING:
                self.__dict__[known.name] = known.default
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    return __init__


def _values(thing, wanted="compare"):
    return tuple([getattr(thing, known.name) for known in fields(thing) if getattr(known, wanted)])


def _repr(self):
    shown = [known.name + "=" + repr(getattr(self, known.name)) for known in fields(self) if known.repr]
    return type(self).__name__ + "(" + ", ".join(shown) + ")"


def _refuse(self, name, value=None):
    raise FrozenInstanceError("cannot assign to field '" + name + "'")


_ORDER = {
    "__lt__": lambda self, other: _values(self) < _values(other),
    "__le__": lambda self, other: _values(self) <= _values(other),
    "__gt__": lambda self, other: _values(self) > _values(other),
    "__ge__": lambda self, other: _values(self) >= _values(other),
}


def dataclass(cls=None, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False, **others):
    def decorate(cls):
        own = cls.__dict__
        cls.__dataclass_fields__ = _fields_of(cls)
        if init and "__init__" not in own:
            cls.__init__ = _init(cls.__dataclass_fields__)
        if repr and "__repr__" not in own:
            cls.__repr__ = _repr
        if eq and "__eq__" not in own:
            cls.__eq__ = lambda self, other: type(self) is type(other) and _values(self) == _values(other)
            cls.__ne__ = lambda self, other: not self == other
        if order:
            for name in _ORDER:
                setattr(cls, name, _ORDER[name])
        if frozen:
            cls.__setattr__ = _refuse
            cls.__delattr__ = _refuse
        if frozen or unsafe_hash:
            cls.__hash__ = lambda self: hash(_values(self))
        return cls

    return decorate if cls is None else decorate(cls)


def fields(thing):
    known = getattr(thing, "__dataclass_fields__", None)
    if known is None:
        raise TypeError("must be called with a dataclass type or instance")
    return tuple(known.values())


def is_dataclass(thing):
    return hasattr(thing, "__dataclass_fields__")


def _plain(value):
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple([_plain(item) for item in value])
    if isinstance(value, dict):
        made = {}
        for key in value:
            made[key] = _plain(value[key])
        return made
    return value


def asdict(thing):
    made = {}
    for known in fields(thing):
        made[known.name] = _plain(getattr(thing, known.name))
    return made


def astuple(thing):
    return tuple([_plain(getattr(thing, known.name)) for known in fields(thing)])


def replace(thing, **changes):
    given = {}
    for known in fields(thing):
        if known.init:
            given[known.name] = getattr(thing, known.name)
    given.update(changes)
    return type(thing)(**given)
