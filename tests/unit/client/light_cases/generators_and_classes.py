def g():
    try:
        x = yield 1
        print('sent', x)
    except ValueError as e:
        print('caught', e)
        yield 5
    finally:
        print('fin')
it = g(); next(it)
print(it.throw(ValueError('v')))
print(list(it), list(it))
it = g(); next(it); it.close(); it.close()
it = g(); next(it)
try: it.send(4)
except StopIteration: print('stop')
try: next(it)
except StopIteration: print('stop2')
it = g(); next(it)
try: it.throw(KeyError)
except KeyError as e: print('ke', repr(e))
class D:
    def __set_name__(self, owner, name): print('set', owner.__name__, name)
class Base:
    def __init_subclass__(cls): print('sub', cls.__name__)
class K(Base):
    name = D()
class M(type):
    def __init__(cls, name, bases, ns): print('init', name, [k for k in ns if not k.startswith('__')])
    def __getitem__(cls, k): return k
    def __iter__(cls): return iter([1,2])
    def __len__(cls): return 7
    def __contains__(cls, x): return x == 3
    def __call__(cls, *a): return ('called', a)
T = M('T', (object,), {})
class U(T):
    RED = 1
    def __repr__(self): return 'u'
print(type(U), U['q'], list(U), len(U), 3 in U, U(4), U.RED)
class V(U): pass
print(object.__new__(V), isinstance(object.__new__(V), U), issubclass(V, T))
