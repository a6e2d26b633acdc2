"""What Python's typing has, for Skulpt: names to write in annotations, which mean nothing when code runs."""

TYPE_CHECKING = False


class _Name(object):
    """``List``, and ``List[int]``, which is the same."""

    def __init__(self, name):
        self._name = name

    def __getitem__(self, parameters):
        return self

    def __call__(self, *args, **keywords):
        raise TypeError("Type " + self._name + " cannot be instantiated")

    def __or__(self, other):
        return self

    def __ror__(self, other):
        return self

    def __repr__(self):
        return "typing." + self._name


# One by one: Skulpt's globals() is a copy.
Any = _Name("Any")
Union = _Name("Union")
Optional = _Name("Optional")
List = _Name("List")
Dict = _Name("Dict")
Set = _Name("Set")
FrozenSet = _Name("FrozenSet")
Tuple = _Name("Tuple")
Type = _Name("Type")
Callable = _Name("Callable")
Iterable = _Name("Iterable")
Iterator = _Name("Iterator")
Generator = _Name("Generator")
Sequence = _Name("Sequence")
Mapping = _Name("Mapping")
MutableMapping = _Name("MutableMapping")
MutableSequence = _Name("MutableSequence")
Collection = _Name("Collection")
Container = _Name("Container")
Literal = _Name("Literal")
Final = _Name("Final")
ClassVar = _Name("ClassVar")
NoReturn = _Name("NoReturn")
Never = _Name("Never")
Annotated = _Name("Annotated")
Text = _Name("Text")
AnyStr = _Name("AnyStr")
Hashable = _Name("Hashable")
Sized = _Name("Sized")
Awaitable = _Name("Awaitable")
Coroutine = _Name("Coroutine")
AsyncIterator = _Name("AsyncIterator")
DefaultDict = _Name("DefaultDict")
OrderedDict = _Name("OrderedDict")
Counter = _Name("Counter")
Deque = _Name("Deque")
Self = _Name("Self")
Concatenate = _Name("Concatenate")
IO = _Name("IO")
TextIO = _Name("TextIO")


class _Generic(object):
    pass


class _Based(_Name):
    """``Generic[T]`` is a class to derive from."""

    def __getitem__(self, parameters):
        return _Generic


Generic = _Based("Generic")


class Protocol(object):
    pass


def TypeVar(name, *constraints, **options):
    return _Name(name)


ParamSpec = TypeVar


def NewType(name, kind):
    return lambda value: value


def cast(kind, value):
    return value


def overload(function):
    return function


final = runtime_checkable = no_type_check = overload


def get_type_hints(thing, *others):
    return dict(getattr(thing, "__annotations__", {}))


def NamedTuple(name, fields):
    from collections import namedtuple

    return namedtuple(name, [field[0] for field in fields])


def TypedDict(name, fields=None, total=True):
    return dict
