import json
print(json.dumps({'a': [1, 2.0, None, True, 'é"\n'], 'b': {}, 'c': (), 3: 1.5}))
print(json.dumps({'b': [1, {'x': []}], 'a': 'q'}, indent=2, sort_keys=True))
print(json.dumps([1,2], separators=(',', ':')), json.dumps('é', ensure_ascii=False))
d = json.loads(' {"a": [1, 2.0, -3e2, null, true, "x\\u00e9\\n"], "b": {"c": 12345678901234567890}} ')
print(d, type(d['a'][1]))
for bad in ['', '{', '[1,]', '{"a" 1}', '"abc', '[1] x', 'nul', '{a:1}']:
    try: json.loads(bad)
    except json.JSONDecodeError as e: print(repr(bad), e, e.pos, e.lineno, e.colno)
try: json.dumps({1,2})
except TypeError as e: print(e)
class X: pass
print(json.dumps(X(), default=lambda o: 'X!'))
print(0.1+0.2, 1e16, 1e-5, 123456.789, 1e22, -0.0, 2.5e-10, 100.0, 1/3, [0.1+0.2])
print(isinstance(json.JSONDecodeError('a','b',0), ValueError))
print(json.loads('[1.5]', object_hook=None), json.loads('{"a":1}', object_hook=lambda d: list(d)))
