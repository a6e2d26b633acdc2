"""What Python's abc has, for Skulpt: the names, and no check that everything abstract is there."""


class ABC(object):
    pass


def abstractmethod(function):
    function.__isabstractmethod__ = True
    return function


abstractproperty = property
abstractclassmethod = classmethod
abstractstaticmethod = staticmethod
