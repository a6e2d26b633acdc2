// What Python's json has, for Skulpt: dumps, loads, dump, load, JSONDecodeError, JSONEncoder's keywords.
var $builtinmodule = () => {
  const { str, int_, float_, list, tuple, dict, bool } = Sk.builtin;
  const none = Sk.builtin.none.none$;
  const text = (value) => new str(value);

  // --- reading

  const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
  const SPACE = /[ \t\n\r]*/y;
  const PLAIN = /[^"\\\x00-\x1f]*/y;
  const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
  const WORDS = { null: () => none, true: () => bool.true$, false: () => bool.false$ };
  const NUMBERS = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, "-Infinity": Number.NEGATIVE_INFINITY };

  function place(source, at) {
    const before = source.slice(0, at);
    const line = before.split("\n").length;
    return `line ${line} column ${at - before.lastIndexOf("\n")} (char ${at})`;
  }

  function fail(said, source, at) {
    const error = Sk.misceval.callsimArray(module.JSONDecodeError, [text(said), text(source), new int_(at)]);
    throw error;
  }

  class Reader {
    constructor(source, hooks) {
      this.source = source;
      this.hooks = hooks;
      this.at = 0;
    }

    skip() {
      SPACE.lastIndex = this.at;
      SPACE.exec(this.source);
      this.at = SPACE.lastIndex;
    }

    whole() {
      this.skip();
      const value = this.value();
      this.skip();
      if (this.at < this.source.length) fail("Extra data", this.source, this.at);
      return value;
    }

    value() {
      const letter = this.source[this.at];
      if (letter === '"') return text(this.string());
      if (letter === "{") return this.object();
      if (letter === "[") return this.array();
      for (const [word, made] of Object.entries(WORDS)) {
        if (this.source.startsWith(word, this.at)) {
          this.at += word.length;
          return made();
        }
      }
      NUMBER.lastIndex = this.at;
      const found = NUMBER.exec(this.source);
      if (found !== null) {
        this.at += found[0].length;
        return this.number(found);
      }
      for (const [word, number] of Object.entries(NUMBERS)) {
        if (this.source.startsWith(word, this.at)) {
          this.at += word.length;
          return new float_(number);
        }
      }
      return fail("Expecting value", this.source, this.at);
    }

    number([whole, fraction, exponent]) {
      if (fraction === undefined && exponent === undefined) {
        const { parse_int } = this.hooks;
        if (parse_int) return Sk.misceval.callsimArray(parse_int, [text(whole)]);
        return Sk.misceval.callsimArray(int_, [text(whole)]);
      }
      const { parse_float } = this.hooks;
      return parse_float ? Sk.misceval.callsimArray(parse_float, [text(whole)]) : new float_(Number(whole));
    }

    string() {
      const begin = this.at++;
      let made = "";
      for (;;) {
        PLAIN.lastIndex = this.at;
        made += PLAIN.exec(this.source)[0];
        this.at = PLAIN.lastIndex;
        const letter = this.source[this.at++];
        if (letter === '"') return made;
        if (letter === undefined) fail("Unterminated string starting at", this.source, begin);
        if (letter !== "\\") fail("Invalid control character at", this.source, this.at - 1);
        made += this.escaped();
      }
    }

    escaped() {
      const letter = this.source[this.at++];
      if (letter !== "u") return ESCAPES[letter] ?? fail("Invalid \\escape", this.source, this.at - 2);
      const digits = this.source.slice(this.at, this.at + 4);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) fail("Invalid \\uXXXX escape", this.source, this.at);
      this.at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }

    array() {
      const items = [];
      this.at++;
      this.skip();
      if (this.source[this.at] === "]") {
        this.at++;
        return new list(items);
      }
      for (;;) {
        items.push(this.value());
        this.skip();
        const letter = this.source[this.at++];
        if (letter === "]") return new list(items);
        if (letter !== ",") fail("Expecting ',' delimiter", this.source, this.at - 1);
        this.skip();
      }
    }

    object() {
      const made = new dict([]);
      this.at++;
      this.skip();
      if (this.source[this.at] === "}") {
        this.at++;
        return this.hooked(made);
      }
      for (;;) {
        if (this.source[this.at] !== '"') {
          fail("Expecting property name enclosed in double quotes", this.source, this.at);
        }
        const key = text(this.string());
        this.skip();
        if (this.source[this.at] !== ":") fail("Expecting ':' delimiter", this.source, this.at);
        this.at++;
        this.skip();
        made.mp$ass_subscript(key, this.value());
        this.skip();
        const letter = this.source[this.at++];
        if (letter === "}") return this.hooked(made);
        if (letter !== ",") fail("Expecting ',' delimiter", this.source, this.at - 1);
        this.skip();
      }
    }

    hooked(made) {
      const { object_hook } = this.hooks;
      return object_hook ? Sk.misceval.callsimArray(object_hook, [made]) : made;
    }
  }

  // --- writing

  const SHORT = { '"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  const unicode = (letter) => SHORT[letter] ?? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

  class Writer {
    constructor(options) {
      this.options = options;
      this.within = [];
    }

    quoted(value) {
      const pattern = this.options.ensure_ascii ? /["\\\x00-\x1f\x7f-\uffff]/g : /["\\\x00-\x1f]/g;
      return `"${value.replace(pattern, unicode)}"`;
    }

    number(value) {
      if (value instanceof int_) return value.v.toString();
      if (Number.isFinite(value.v)) return value.$r().v;
      if (!this.options.allow_nan) {
        throw new Sk.builtin.ValueError("Out of range float values are not JSON compliant");
      }
      return Number.isNaN(value.v) ? "NaN" : value.v > 0 ? "Infinity" : "-Infinity";
    }

    text(value) {
      if (value === none) return "null";
      if (value instanceof bool) return value === bool.true$ ? "true" : "false";
      if (value instanceof str) return this.quoted(value.v);
      if (value instanceof int_ || value instanceof float_) return this.number(value);
      if (this.within.includes(value)) throw new Sk.builtin.ValueError("Circular reference detected");
      this.within.push(value);
      const made = this.container(value);
      this.within.pop();
      return made;
    }

    container(value) {
      if (value instanceof list || value instanceof tuple) return this.wrapped("[", value.v.map((v) => this.text(v)), "]");
      if (value instanceof dict) return this.wrapped("{", this.pairs(value), "}");
      const { default: ask } = this.options;
      if (ask) return this.text(Sk.misceval.callsimArray(ask, [value]));
      throw new Sk.builtin.TypeError(`Object of type ${Sk.abstr.typeName(value)} is not JSON serializable`);
    }

    pairs(value) {
      let keys = Sk.misceval.arrayFromIterable(value);
      if (this.options.sort_keys) keys = Sk.builtin.sorted(new list(keys)).v;
      const made = [];
      for (const key of keys) {
        const name = this.key(key);
        if (name === undefined) continue;
        made.push(`${this.quoted(name)}${this.options.colon}${this.text(value.mp$subscript(key))}`);
      }
      return made;
    }

    key(key) {
      if (key instanceof str) return key.v;
      if (key === none || key instanceof bool || key instanceof int_ || key instanceof float_) return this.text(key);
      if (this.options.skipkeys) return undefined;
      const kind = Sk.abstr.typeName(key);
      throw new Sk.builtin.TypeError(`keys must be str, int, float, bool or None, not ${kind}`);
    }

    wrapped(open, items, close) {
      if (!items.length) return open + close;
      const { indent, comma } = this.options;
      if (indent === undefined) return open + items.join(comma) + close;
      const inner = `\n${indent.repeat(this.within.length)}`;
      const outer = `\n${indent.repeat(this.within.length - 1)}`;
      return open + inner + items.join(comma.trimEnd() + inner) + outer + close;
    }
  }

  const isTrue = (value, otherwise) => (value === undefined ? otherwise : Sk.misceval.isTrue(value));
  const given = (value) => (value === undefined || value === none ? undefined : value);

  function named(keywords) {
    const found = {};
    for (let at = 0; at < (keywords ?? []).length; at += 2) found[keywords[at]] = keywords[at + 1];
    return found;
  }

  function writer(keywords) {
    const found = named(keywords);
    const separators = given(found.separators)?.v;
    let indent = given(found.indent);
    if (indent !== undefined) indent = indent instanceof str ? indent.v : " ".repeat(indent.v);
    return new Writer({
      indent,
      comma: separators ? separators[0].v : indent === undefined ? ", " : ",",
      colon: separators ? separators[1].v : ": ",
      ensure_ascii: isTrue(found.ensure_ascii, true),
      allow_nan: isTrue(found.allow_nan, true),
      sort_keys: isTrue(found.sort_keys, false),
      skipkeys: isTrue(found.skipkeys, false),
      default: given(found.default),
    });
  }

  function read(value, keywords) {
    if (value instanceof Sk.builtin.bytes) value = Sk.misceval.callsimArray(value.tp$getattr(text("decode")), []);
    if (!(value instanceof str)) {
      const kind = Sk.abstr.typeName(value);
      throw new Sk.builtin.TypeError(`the JSON object must be str, bytes or bytearray, not ${kind}`);
    }
    const found = named(keywords);
    const hooks = {};
    for (const name of ["object_hook", "parse_int", "parse_float"]) hooks[name] = given(found[name]);
    return new Reader(value.v, hooks).whole();
  }

  function method(name, call, fewest, most) {
    const made = (args, keywords) => {
      Sk.abstr.checkArgsLen(name, args, fewest, most);
      return call(args, keywords);
    };
    made.co_fastcall = true;
    made.co_name = text(name);
    return new Sk.builtin.func(made);
  }

  const module = { __name__: text("json") };
  module.JSONDecodeError = Sk.misceval.buildClass(
    module,
    (_globals, names) => {
      names.__init__ = new Sk.builtin.func((self, said, doc, pos) => {
        const whole = `${said.v}: ${place(doc.v, pos.v)}`;
        const before = doc.v.slice(0, pos.v);
        const set = (name, value) => self.tp$setattr(text(name), value);
        self.args = new tuple([text(whole)]);
        set("msg", said);
        set("doc", doc);
        set("pos", pos);
        set("lineno", new int_(before.split("\n").length));
        set("colno", new int_(pos.v - before.lastIndexOf("\n")));
        return none;
      });
    },
    "JSONDecodeError",
    [Sk.builtin.ValueError],
  );
  module.dumps = method("dumps", ([value], keywords) => text(writer(keywords).text(value)), 1, 1);
  module.loads = method("loads", ([value], keywords) => read(value, keywords), 1, 1);
  module.dump = method(
    "dump",
    ([value, file], keywords) => {
      Sk.misceval.callsimArray(file.tp$getattr(text("write")), [text(writer(keywords).text(value))]);
      return none;
    },
    2,
    2,
  );
  module.load = method(
    "load",
    ([file], keywords) => read(Sk.misceval.callsimArray(file.tp$getattr(text("read")), []), keywords),
    1,
    1,
  );
  return module;
};
