import uuid, traceback, typing, dataclasses, abc
u = uuid.uuid4(); print(len(str(u)), u.version, uuid.UUID(str(u)) == u, uuid.UUID('12345678123456781234567812345678'))
try: uuid.UUID('x')
except ValueError as e: print(e)
from typing import List, Optional, Generic, TypeVar, Any
T = TypeVar('T')
class Box(Generic[T]):
    def __init__(self, v): self.v = v
def f(a: List[int], b: Optional[str] = None) -> Any: return a
print(Box(3).v, f([1]))
def g():
    raise ValueError('bad')
try: g()
except ValueError: print(traceback.format_exc().splitlines()[0], traceback.format_exc().splitlines()[-1])
class S(abc.ABC):
    @abc.abstractmethod
    def q(self): pass
class S2(S):
    def q(self): return 1
print(S2().q())
class P:
    y = 2
    tags = dataclasses.field(default_factory=list)
    __annotations__ = {'x': int, 'y': int, 'tags': list}
P = dataclasses.dataclass(P)
print(P(1), P(1) == P(1, 2), P(1) == P(3), dataclasses.asdict(P(5, tags=['a'])), dataclasses.replace(P(1), y=9))
try: P()
except TypeError as e: print(str(e).replace('P.', ''))
class F:
    __annotations__ = {'a': int}
F = dataclasses.dataclass(frozen=True, order=True)(F)
f = F(1)
try: f.a = 3
except dataclasses.FrozenInstanceError as e: print(e)
print(F(1) < F(2), hash(F(1)) == hash(F(1)), {F(1): 2}[F(1)])

parts = {"b": 2}
print({**parts}, {"a": 1, **parts, "c": {**parts, "d": 3}}, {**parts, **{"b": 5}})


class Named: pass


print(Named.__qualname__)
Named.__qualname__ = "Other"
print(Named.__qualname__, Named.__name__)
