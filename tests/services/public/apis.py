"""The widget that the feature rows of HTTP APIs are tried on."""

SOURCE = """
import time
LOADED_NS = time.time_ns()

import inspect, json, os
import anvil.server
from anvil.server import route, request
import helper

COUNT = 0

@anvil.server.route('/hello')
def hello():
    return 'Hello, world!'

@anvil.server.http_endpoint('/hello')
def below_api():
    return 'Hello below, ' + anvil.server.request.path

@route('/options')
def options():
    return str(inspect.signature(anvil.server.route)) + str(inspect.signature(anvil.server.http_endpoint))

@route('/cors', enable_cors=True)
def cors():
    return 'shared'

@route('/cors-one', enable_cors='https://one.example')
def cors_one():
    return 'shared with one'

@route('/head', methods=['HEAD', 'GET'])
def head():
    return 'a body'

@route('/put', methods=['PUT', 'DELETE', 'PATCH'])
def put():
    return request.method

@route('/add/:a/:b')
def add(a, b):
    return {'types': [type(a).__name__, type(b).__name__], 'sum': int(a) + int(b)}

@route('/segment/:x')
def segment(x):
    return {'x': x}

@route('/first/:any')
def first(any):
    return 'first'

@route('/first/x')
def never():
    return 'never'

@route('/files/special')
def special():
    return 'special'

@route('/files/:folder/list')
def list_folder(folder):
    return {'list': folder}

@route('/files/:path*')
def file(path, **query):
    return {'path': path, **query}

@route('/files/late')
def late():
    return 'late'

@route('/')
def root():
    return 'root'

@route('/_/x')
def reserved():
    return 'reserved'

@route('/args')
def args(**params):
    return params

@route('/path-wins/:a')
def path_wins(**params):
    return params

@route('/hi')
def hi(name):
    return 'Hi ' + name

@route('/echo', methods=['GET', 'POST', 'PUT'])
@route('/echo/:rest', methods=['GET', 'POST', 'PUT'])
def echo(**params):
    return {'method': request.method, 'path': request.path, 'query_params': request.query_params,
            'form_params': request.form_params, 'headers': request.headers,
            'remote_address': request.remote_address, 'username': request.username, 'password': request.password,
            'origin': request.origin, 'user': request.user}

@route('/body', methods=['POST'])
def body():
    b = request.body
    if b is None:
        return None
    return anvil.BlobMedia(b.content_type, b.get_bytes(), name=b.name)

@route('/body-facts', methods=['GET', 'POST'])
def body_facts():
    b = request.body
    return None if b is None else {'type': b.content_type, 'name': b.name, 'length': b.length}

@route('/json', methods=['POST'])
def body_json():
    return {'json': request.body_json}

@route('/same')
def same():
    return request is anvil.server.request

@route('/none')
def none():
    return None

@route('/dict')
def dict_():
    return {'a': [1, None, 'é']}

@route('/list')
def list_():
    return [1, {'b': True}]

@route('/number')
def number():
    return 3

@route('/bool')
def bool_():
    return False

PNG = bytes.fromhex('89504e470d0a1a0a') + bytes(range(256))

@route('/media')
def media():
    return anvil.BlobMedia('image/png', PNG, name='pic ture.png')

@route('/media-plain')
def media_plain():
    return anvil.BlobMedia('image/png', PNG)

@route('/big')
def big():
    return anvil.BlobMedia('application/octet-stream', b'0123456789abcdef' * 500_000)

@route('/response')
def response():
    return anvil.server.HttpResponse(201, {'made': True}, headers={'X-One': '1'})

@route('/response-default')
def response_default():
    r = anvil.server.HttpResponse()
    return r

@route('/headers')
def headers():
    r = anvil.server.HttpResponse(200, 'ok')
    r.headers['X-One'] = 'a'
    r.headers['x-one'] = 'b'
    r.headers['X-Gone'] = 'a'
    del r.headers['x-gone']
    r.headers.add('Set-Cookie', 'a=1')
    r.headers.add('Set-Cookie', 'b=2')
    return r

@route('/headers-wrong')
def headers_wrong():
    r = anvil.server.HttpResponse(200, 'ok')
    try:
        r.headers = 'wrong'
    except TypeError as error:
        return str(error)

@route('/html')
def html():
    return anvil.server.HttpResponse(200, '<h1>é</h1>', headers={'Content-Type': 'text/html; charset=utf-8'})

@route('/media-named')
def media_named():
    r = anvil.server.HttpResponse(200, anvil.BlobMedia('image/png', PNG, name='a.png'))
    r.headers['Content-Disposition'] = 'attachment; filename="b.png"'
    return r

@route('/redirect')
def redirect():
    return anvil.server.HttpResponse(302, headers={'Location': 'https://example.com/x'})

@route('/object')
def object_():
    return object()

@route('/bytes')
def bytes_():
    return b'x'

@route('/raise')
def raise_():
    secret = 'in-the-traceback'
    raise KeyError(secret)

@route('/print')
def print_():
    print('for the owner')
    return 'for the caller'

@route('/cookie')
def cookie():
    r = anvil.server.HttpResponse(200, 'ok')
    r.headers.add('Set-Cookie', 'mine=1; Path=/')
    r.headers.add('Set-Cookie', 'anvilapp=1')
    r.headers.add('Set-Cookie', '__Host-widgetry-session=1; Secure; Path=/')
    return r

@route('/context')
def context():
    return anvil.server.context.client.type

@route('/origins')
def origins():
    return [anvil.server.get_app_origin(), anvil.server.get_api_origin(), anvil.server.get_app_origin('published')]

@route('/need', require_credentials=True)
def need():
    return request.username

@route('/fresh')
def fresh():
    global COUNT
    COUNT += 1
    before = os.path.exists('/tmp/left')
    open('/tmp/left', 'w').close()
    return {'count': COUNT, 'loaded_ns': LOADED_NS, 'left': before, 'python': os.sys.version_info[:2],
            'pid_ns': os.readlink('/proc/self/ns/pid')}

@route('/sleep')
def sleep():
    time.sleep(60)

@route('/helper')
def helped():
    return helper.WORD
"""
