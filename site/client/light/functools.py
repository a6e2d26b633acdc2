"""What Python's functools has, for Skulpt."""

WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__doc__")
_MISSING = object()


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=("__dict__",)):
    for name in assigned:
        try:
            setattr(wrapper, name, getattr(wrapped, name))
        except (AttributeError, TypeError):
            pass  # a callable object need not have it
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=("__dict__",)):
    def decorate(wrapper):
        return update_wrapper(wrapper, wrapped, assigned, updated)

    return decorate


def reduce(function, iterable, initial=_MISSING):
    value = initial
    for item in iterable:
        value = item if value is _MISSING else function(value, item)
    if value is _MISSING:
        raise TypeError("reduce() of empty iterable with no initial value")
    return value


class partial(object):
    def __init__(self, func, *args, **keywords):
        if not callable(func):
            raise TypeError("the first argument must be callable")
        self.func = func
        self.args = args
        self.keywords = keywords

    def __call__(self, *args, **keywords):
        given = dict(self.keywords)
        given.update(keywords)
        return self.func(*(list(self.args) + list(args)), **given)

    def __repr__(self):
        parts = [repr(self.func)] + [repr(item) for item in self.args]
        parts += [key + "=" + repr(self.keywords[key]) for key in self.keywords]
        return "functools.partial(" + ", ".join(parts) + ")"


def cmp_to_key(compare):
    class Key(object):
        def __init__(self, item):
            self.item = item

        def __lt__(self, other):
            return compare(self.item, other.item) < 0

        def __gt__(self, other):
            return compare(self.item, other.item) > 0

        def __eq__(self, other):
            return compare(self.item, other.item) == 0

        def __le__(self, other):
            return compare(self.item, other.item) <= 0

        def __ge__(self, other):
            return compare(self.item, other.item) >= 0

    return Key


class _CacheInfo(tuple):
    def __repr__(self):
        return "CacheInfo(hits=%r, misses=%r, maxsize=%r, currsize=%r)" % (self[0], self[1], self[2], self[3])


def lru_cache(maxsize=128, typed=False):
    if callable(maxsize):
        return _cached(maxsize, 128, typed)

    def decorate(function):
        return _cached(function, maxsize, typed)

    return decorate


def cache(function):
    return _cached(function, None, False)


def _cached(function, maxsize, typed):
    kept = {}
    order = []
    counts = [0, 0]

    def wrapper(*args, **keywords):
        key = (args, tuple(sorted(keywords.items())))
        if typed:
            key = (key, tuple([type(item) for item in args]))
        if key in kept:
            counts[0] += 1
            if maxsize is not None:
                order.remove(key)
                order.append(key)
            return kept[key]
        counts[1] += 1
        value = function(*args, **keywords)
        if maxsize == 0:
            return value
        if maxsize is not None:
            if len(order) >= maxsize:
                del kept[order.pop(0)]
            order.append(key)
        kept[key] = value
        return value

    def cache_clear():
        kept.clear()
        del order[:]
        counts[0] = counts[1] = 0

    def cache_info():
        return _CacheInfo((counts[0], counts[1], maxsize, len(kept)))

    update_wrapper(wrapper, function)
    wrapper.cache_clear = cache_clear
    wrapper.cache_info = cache_info
    return wrapper


class cached_property(object):
    def __init__(self, function):
        self.func = function
        self.attrname = function.__name__

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = self.func(instance)
        setattr(instance, self.attrname, value)
        return value


def total_ordering(cls):
    defined = cls.__dict__
    if "__lt__" in defined:
        cls.__gt__ = lambda self, other: not (self < other or self == other)
        cls.__le__ = lambda self, other: self < other or self == other
        cls.__ge__ = lambda self, other: not self < other
    elif "__le__" in defined:
        cls.__ge__ = lambda self, other: not self <= other or self == other
        cls.__lt__ = lambda self, other: self <= other and not self == other
        cls.__gt__ = lambda self, other: not self <= other
    elif "__gt__" in defined:
        cls.__lt__ = lambda self, other: not (self > other or self == other)
        cls.__ge__ = lambda self, other: self > other or self == other
        cls.__le__ = lambda self, other: not self > other
    elif "__ge__" in defined:
        cls.__le__ = lambda self, other: not self >= other or self == other
        cls.__gt__ = lambda self, other: self >= other and not self == other
        cls.__lt__ = lambda self, other: not self >= other
    else:
        raise ValueError("must define at least one ordering operation: < > <= >=")
    return cls


def singledispatch(function):
    registry = {object: function}

    def dispatch(cls):
        for base in cls.__mro__:
            if base in registry:
                return registry[base]
        return function

    def register(cls, chosen=None):
        if chosen is None:
            return lambda given: register(cls, given)
        registry[cls] = chosen
        return chosen

    def wrapper(*args, **keywords):
        return dispatch(type(args[0]))(*args, **keywords)

    update_wrapper(wrapper, function)
    wrapper.register = register
    wrapper.dispatch = dispatch
    wrapper.registry = registry
    return wrapper
