import assert from "node:assert/strict";
import { test } from "node:test";
import { prettyJson, readAnswer, sizeWords } from "../src/editor/answer.ts";
import { curl, EMPTY, headersOf, oddity, paramsIn, targetOf, textOf } from "../src/editor/request.ts";
import { routesIn, routesOf } from "../src/editor/routes.ts";

test("routes are read from the code with their methods (D-29)", () => {
  const source = `import anvil.server
from anvil.server import route

@anvil.server.route("/hello/:name")
def hello(name): return name

@route('/put', methods=["PUT", 'DELETE'])
@other
async def put(): pass

@anvil.server.http_endpoint("/x", enable_cors=True, methods=("PATCH",))
def x(): pass

@anvil.server.callable("not a route")
def c(): pass

@route(PATH)
def unknown(): pass
`;
  assert.deepEqual(routesIn(source), [
    { path: "/hello/:name", methods: ["GET", "POST"] },
    { path: "/put", methods: ["PUT", "DELETE"] },
    { path: "/_/api/x", methods: ["PATCH"] },
  ]);
});

test("half-typed code gives the routes that can be read, other files count, pictures don't", () => {
  const source = '@route("/a")\ndef a(:\n\n\n@route("/b")\ndef b(): pass\n@rou';
  assert.deepEqual(
    routesOf({ "main.py": source, "x.png": { base64: "" }, "notes.txt": '@route("/n")\ndef n(): pass' }).map(
      (r) => r.path,
    ),
    ["/a", "/b"],
  );
});

test("the target is encoded once, parameters filled in, dots and slashes kept as typed where they are values", () => {
  const draft = {
    ...EMPTY,
    path: "/hi/:name/:name/é?a=1#x",
    params: { name: "a/b c" },
    query: [{ name: "q", value: "ü &" }],
  };
  assert.deepEqual(paramsIn(draft.path), ["name"]);
  assert.equal(targetOf(draft), "/hi/a%2Fb%20c/a%2Fb%20c/%C3%A9?a=1&q=%C3%BC+%26");
  assert.equal(targetOf({ ...EMPTY, path: "x" }), "/x");
  assert.equal(targetOf({ ...EMPTY, path: "//two" }), "//two");
  assert.equal(targetOf({ ...EMPTY, path: "/:name" }), "/name");
});

test("what the body is goes into the headers unless it was typed", () => {
  const json = { ...EMPTY, method: "POST", body_kind: "json" as const, text: "{}" };
  assert.deepEqual(headersOf(json, null), [{ name: "Content-Type", value: "application/json" }]);
  const own = { ...json, headers: [{ name: "content-TYPE", value: "x/y" }] };
  assert.deepEqual(headersOf(own, null), own.headers);
  const file = headersOf({ ...json, body_kind: "file" }, { name: 'a"é.png', type: "image/png" });
  assert.equal(file[1]?.value, 'attachment; filename="a__.png"');
  assert.equal(textOf({ ...json, method: "GET" }), "");
  assert.deepEqual(headersOf({ ...json, method: "GET" }, null), []);
});

test("the curl line is quoted for sh", () => {
  const draft = {
    ...EMPTY,
    method: "POST",
    path: "/it's",
    body_kind: "json" as const,
    text: '{"a": 1}',
    headers: [{ name: "X-A", value: "$HOME `id`" }],
  };
  assert.equal(
    curl("http://w.localhost:8000", draft, null),
    `curl -X POST 'http://w.localhost:8000/it'\\''s' -H 'X-A: $HOME \`id\`' -H 'Content-Type: application/json' --data-raw '{"a": 1}'`,
  );
  assert.equal(curl("http://w", { ...EMPTY, method: "HEAD" }, null), "curl --head http://w/");
  const upload = curl(
    "http://w",
    { ...draft, path: "/", headers: [], body_kind: "file" },
    { name: "a b", type: "x/y" },
  );
  assert.match(upload, /--data-binary '@a b'$/);
});

test("a body that says it is JSON and is none is told", () => {
  assert.match(oddity({ ...EMPTY, method: "POST", body_kind: "json", text: "{a: 1}" }), /not JSON/);
  assert.equal(oddity({ ...EMPTY, method: "POST", body_kind: "text", text: "{a: 1}" }), "");
});

test("an answer is looked at by its type, and by its bytes when that says nothing", () => {
  const look = (type: string, body: string) =>
    readAnswer({
      status: 200,
      headers: [["content-type", type]],
      body: btoa(body),
      size_bytes: 1,
      is_whole: true,
      duration_ms: 1,
    }).look;
  assert.equal(look("application/problem+json; charset=utf-8", "{}"), "json");
  assert.equal(look("text/html", "<p>"), "html");
  assert.equal(look("image/svg+xml", "<svg>"), "image");
  assert.equal(look("image/tiff", "\xff\xfe\0"), "bytes");
  assert.equal(look("", "plain"), "text");
  assert.equal(look("application/json", ""), "empty");
});

test("JSON gets line breaks, and numbers that would change are left alone", () => {
  assert.equal(prettyJson('{"a":[1]}'), '{\n  "a": [\n    1\n  ]\n}');
  assert.equal(prettyJson('{"id":12345678901234567890}'), '{"id":12345678901234567890}');
  assert.equal(prettyJson("{cut"), "{cut");
  assert.equal(sizeWords(1500), "1.5 kB");
});
