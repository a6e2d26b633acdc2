import functools, contextlib, base64, html, enum
print(functools.reduce(lambda a,b:a+b,[1,2,3]), functools.partial(int, base=16)('ff'))
@functools.lru_cache(maxsize=2)
def sq(x):
    "doc"
    print('calc', x); return x*x
print(sq(2), sq(2), sq(3), sq(4), sq(2), sq.cache_info(), sq.__name__, sq.__doc__)
class A:
    def __init__(self, v): self.v = v
    @functools.cached_property
    def p(self):
        print('once'); return self.v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
A = functools.total_ordering(A)
a = A(3); print(a.p, a.p, A(1) <= A(2), A(3) >= A(4), A(3) > A(1))
print(sorted([3,1,2], key=functools.cmp_to_key(lambda a,b:b-a)))
@contextlib.contextmanager
def cm(n):
    print('in', n)
    try:
        yield n*2
    except ValueError as e:
        print('swallowed', e)
    finally:
        print('out')
with cm(2) as x: print(x)
with cm(3) as x: raise ValueError('boo')
try:
    with cm(4): raise KeyError('k')
except KeyError as e: print('passed', e)
with contextlib.suppress(ZeroDivisionError): 1/0
with contextlib.ExitStack() as st:
    st.enter_context(cm(5)); st.callback(print, 'cb')
print(base64.b64encode(b'hello world'), base64.b64decode('aGVsbG8gd29ybGQ='), base64.urlsafe_b64encode(bytes([251,255])), base64.b16encode(b'az'))
try: base64.b64decode('abc')
except ValueError as e: print(e)
print(html.escape('<a href="x">&\'</a>'), html.unescape('&lt;b&gt; &amp; &#65; &#x42; &eacute; &zzz;'))
class Color(enum.Enum):
    RED = 1
    GREEN = 2
    CRIMSON = 1
    def hi(self): return 'hi ' + self.name
print(Color.RED, repr(Color.RED), Color.RED.value, Color(2), Color['GREEN'], list(Color), Color.CRIMSON is Color.RED, Color.RED.hi(), isinstance(Color.RED, Color), len(Color))
try: Color(9)
except ValueError as e: print(e)
class N(enum.IntEnum):
    A = enum.auto()
    B = enum.auto()
print(N.B > N.A, N.B + 1, sorted([N.B, N.A]), N.A == 1, {N.A: 'x'}[N.A])
class P(enum.Flag):
    R = enum.auto()
    W = enum.auto()
    X = enum.auto()
print(P.X.value, (P.R | P.W).value, P.R in (P.R | P.W), bool(P.R & P.W))
print({Color.RED: 5}[Color.RED], Color.RED == Color.RED, Color.RED != Color.GREEN)
