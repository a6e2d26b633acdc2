# What the engine's compiler makes shorter: texts of "%s" and "%d", `is None`, comparisons that end an `if`.
class Shown(str):
    def __str__(self): return 'shown'
class Odd:
    def __str__(self): return 'odd'
print("Label %d" % 5, "%s" % 'a', "%s and %d" % ('a', -3), "%s %s" % (1, 2), "%d%%" % 50, "none" % ())
print("%s %s" % (True, None), "%d" % True, "%s" % 1.0, "%s" % Odd(), "%s" % Shown('x'), "%s" % [1], "%s" % {'a': 1}, "%s" % ((1, 2),))
print("%d" % 12345678901234567890, "%s" % 12345678901234567890, "%d" % 2.7, "%5d|%-3s|%.2f" % (1, 'a', 2), "%(a)s %(b)d" % {'a': 'x', 'b': 2})
try: print('no error', "%d" % 'x')
except TypeError: print('TypeError')
def none(a, b=None):
    found = []
    if a is None: found.append('a')
    if b is not None: found.append('b')
    if a is None and b is None: found.append('both')
    if a is not None or b is not None: found.append('one')
    if not (a is None): found.append('not')
    return found, a is None, (a is b) is not None, [x for x in (a, b) if x is not None]
for pair in [(None, None), (0, None), (None, ''), (False, 1)]: print(none(*pair))
def between(x):
    if 1 < x < 5: return 'in'
    if x == 5 or x > 9: return 'edge'
    while x < 0:
        x += 1
        if x == -1: break
    else: return 'up'
    return 'out'
print([between(x) for x in (-3, 0, 1, 2, 5, 7, 10)])
