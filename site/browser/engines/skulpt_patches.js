// What Skulpt's release leaves out that libraries for it need, put right from outside. Runs right after its core.
//
// - Generators: `throw` and `close`; `send` says when they end; a `try` round a `yield` also catches what happens after the yield; one that has
//   ended stays ended.
// - Decorators of generators are applied.
// - Classes: a metaclass is inherited; `__set_name__` and `__init_subclass__` are called; they have a `__qualname__`.
// - Exceptions: the one that was caught last is known (`$lightCaught`, for the module traceback); GeneratorExit,
//   KeyboardInterrupt; the text of a KeyError.
// - Floats are written as Python writes them.
// - Short functions take half the time: the clock is looked at in one of 16 steps, `is None` asks nobody.
// - `_merged_`, which `{**a, 'b': 1}` is rewritten to (widget_model.client_code.light).
//
// The version of Skulpt is pinned and tests run every line of this: patterns that no longer match fail there.
(() => {
  const Sk = globalThis.Sk;
  const none = Sk.builtin.none.none$;
  const text = (value) => new Sk.builtin.str(value);

  // --- exceptions

  for (const name of ["GeneratorExit", "KeyboardInterrupt"]) {
    if (Sk.builtin[name] !== undefined) continue;
    // A function and no arrow: it is called with `new`.
    const made = function (...args) {
      Sk.builtin.BaseException.apply(this, args);
    };
    Sk.builtin[name] = Sk.abstr.buildNativeClass(name, { base: Sk.builtin.BaseException, constructor: made });
    Sk.builtins[name] = Sk.builtin[name];
  }

  /** An instance from what `throw` and `raise` accept: a class or an instance. */
  function instanceOf(thrown) {
    return thrown instanceof Sk.builtin.BaseException ? thrown : Sk.misceval.callsimArray(thrown, []);
  }

  Sk.builtin.KeyError.prototype.tp$str = function () {
    const { v } = this.args;
    return v.length === 1 ? text(Sk.misceval.objectRepr(v[0])) : Sk.builtin.BaseException.prototype.tp$str.call(this);
  };

  // --- numbers: the shortest text that means the same number, as Python writes it

  function floatText(number) {
    if (!Number.isFinite(number)) return Number.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
    const [digits, exponent] = number.toExponential().split("e");
    const power = Number(exponent);
    if (number !== 0 && (power < -4 || power >= 16)) {
      return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
    }
    const plain = Object.is(number, -0) ? "-0" : String(number);
    return plain.includes(".") ? plain : `${plain}.0`;
  }
  const float = Sk.builtin.float_.prototype;
  float.$r = function () {
    return text(floatText(this.v));
  };
  float.tp$str = float.$r;

  // --- "%s and %d" % (…), as most are: Skulpt's own reads the text anew each time

  const remainder = Sk.builtin.str.prototype.nb$remainder;
  const read = new Map();

  /** What stands between the `%s` and `%d` of a text, and which they are; undefined where there is anything else. */
  function pieces(format) {
    let found = read.get(format);
    if (found === undefined) {
      const kinds = format.match(/%.?/gs) ?? [];
      found = kinds.every((kind) => kind === "%s" || kind === "%d") && { kinds, texts: format.split(/%./s) };
      if (read.size < 1000) read.set(format, found);
    }
    return found;
  }

  function quickly(format, values) {
    const { kinds, texts } = pieces(format);
    if (kinds?.length !== values.length) return undefined;
    let made = texts[0];
    for (const [index, value] of values.entries()) {
      const isText = value.ob$type === Sk.builtin.str && kinds[index] === "%s";
      if (!isText && !(value.ob$type === Sk.builtin.int_ && typeof value.v === "number")) return undefined;
      made += value.v + texts[index + 1];
    }
    return made;
  }

  Sk.builtin.str.prototype.nb$remainder = function (given) {
    const made = quickly(this.v, given.ob$type === Sk.builtin.tuple ? given.v : [given]);
    return made === undefined ? remainder.call(this, given) : text(made);
  };

  // --- the whole name of a class: its name, as classes within others do not know where they are

  Sk.builtin.type.prototype.__qualname__ = new Sk.builtin.getset_descriptor(Sk.builtin.type, {
    $name: "__qualname__",
    $get() {
      return text(this.sk$qualname ?? this.prototype.tp$name);
    },
    $set(value) {
      this.sk$qualname = value.$jsstr();
    },
  });

  // --- {**a, 'b': 1}

  Sk.builtins._merged_ = new Sk.builtin.func((parts) => {
    const made = new Sk.builtin.dict([]);
    const update = Sk.abstr.gattr(made, text("update"));
    for (const part of Sk.misceval.arrayFromIterable(parts)) Sk.misceval.callsimArray(update, [part]);
    return made;
  });

  // --- what the compiler reads: it forgets the decorators of a generator

  const nodes = Sk.astnodes;

  /** Whether a function's body yields; functions within it are others. */
  function hasYield(node) {
    if (node === null || typeof node !== "object") return false;
    if (Array.isArray(node)) return node.some(hasYield);
    if (node instanceof nodes.Yield || node instanceof nodes.YieldFrom) return true;
    if (node instanceof nodes.FunctionDef || node instanceof nodes.Lambda || node instanceof nodes.ClassDef)
      return false;
    return !(node instanceof Sk.builtin.object) && Object.values(node).some(hasYield);
  }

  /** `@d def g(): yield` becomes `def g(): yield; g = d(g)`. */
  function redecorated(statement) {
    if (!(statement instanceof nodes.FunctionDef) || !statement.decorator_list?.length || !hasYield(statement.body)) {
      return [statement];
    }
    const at = [statement.lineno, statement.col_offset];
    let value = new nodes.Name(statement.name, nodes.Load, ...at);
    for (const decorator of [...statement.decorator_list].reverse()) {
      value = new nodes.Call(decorator, [value], [], ...at);
    }
    statement.decorator_list = [];
    return [statement, new nodes.Assign([new nodes.Name(statement.name, nodes.Store, ...at)], value, ...at)];
  }

  function redecorate(node) {
    for (const [key, value] of Object.entries(node)) {
      if (!Array.isArray(value)) continue;
      for (const item of value) if (item !== null && typeof item === "object") redecorate(item);
      if (key === "body" || key === "orelse" || key === "finalbody") node[key] = value.flatMap(redecorated);
    }
  }

  const astFromParse = Sk.astFromParse;
  Sk.astFromParse = (...args) => {
    const tree = astFromParse(...args);
    redecorate(tree);
    return tree;
  };

  // --- the compiler's output

  // Every step of a function looks at the clock, for the run limit; that is dear.
  const NOW = "var $dateNow = Date.now();";
  const SELDOM = "var $dateNow=(Sk.$steps=Sk.$steps+1&15)?0:Date.now();";
  Sk.$steps = 0;
  // None is one object: nobody needs to be asked whether something is it.
  const [NONE, TRUE, FALSE] = ["Sk.builtin.none.none$", "Sk.builtin.bool.true$", "Sk.builtin.bool.false$"];
  const IS_NONE =
    /Sk\.builtin\.bool\(Sk\.misceval\.richCompareBool\(([$\w]+),Sk\.builtin\.none\.none\$,'(Is|IsNot)', true\)\)/g;
  // A jump to where the code goes on anyhow.
  const NEXT = /if\(\$jfalse\d+\)\{\/\*test failed \*\/\$blk=(\d+);continue;\}\$blk=\1;/g;

  function quicker(code) {
    return code
      .replaceAll(NOW, SELDOM)
      .replace(IS_NONE, (_, value, how) => `(${value}${how === "Is" ? "===" : "!=="}${NONE}?${TRUE}:${FALSE})`)
      .replace(NEXT, "$$blk=$1;");
  }

  const compile = Sk.compile;
  const RESUME = "$blk=$gen.gi$resumeat,$exc=[]";
  const HANDLER = /(\/\* --- except_\d+_ --- \*\/)/g;
  const LOOP = "while(true){try{";
  const THROW = "if($gen.gi$thrown){var $thrown=$gen.gi$thrown;$gen.gi$thrown=undefined;throw $thrown;}";

  Sk.compile = (...args) => {
    const made = compile(...args);
    const [before, ...generators] = made.code.split(RESUME);
    const patched = generators.map((rest) => {
      const loop = rest.indexOf(LOOP) + LOOP.length;
      return `$blk=$gen.gi$resumeat,$exc=$gen.gi$exc||($gen.gi$exc=[])${rest.slice(0, loop)}${THROW}${rest.slice(loop)}`;
    });
    const caught = (before + patched.join("")).replace(HANDLER, "$1globalThis.$lightCaught=$err;");
    made.code = quicker(caught);
    return made;
  };

  // --- generators

  const generator = Sk.builtin.generator.prototype;
  const iternext = generator.tp$iternext;
  generator.tp$iternext = function (canSuspend, sent) {
    if (this.gi$ended) return undefined;
    const settled = (value) => {
      if (value === undefined) this.gi$ended = true;
      return value;
    };
    try {
      const value = iternext.call(this, canSuspend, sent);
      return value?.$isSuspension ? Sk.misceval.chain(value, settled) : settled(value);
    } catch (error) {
      this.gi$ended = true;
      throw error;
    }
  };

  function throwInto(self, error) {
    if (self.gi$ended || self.gi$resumeat === 0) {
      self.gi$ended = true;
      throw error;
    }
    self.gi$thrown = error;
    return self.tp$iternext(true);
  }

  function orStop(value) {
    if (value === undefined) throw new Sk.builtin.StopIteration();
    return value;
  }

  generator[text("send").$mangled] = new Sk.builtin.func((self, value) => {
    const given = self.tp$iternext(true, value);
    return given?.$isSuspension ? Sk.misceval.chain(given, orStop) : orStop(given);
  });
  generator[text("throw").$mangled] = new Sk.builtin.func((self, kind, value) => {
    const error = value !== undefined && value !== none ? value : kind;
    const given = throwInto(self, instanceOf(error));
    return given?.$isSuspension ? Sk.misceval.chain(given, orStop) : orStop(given);
  });
  generator[text("close").$mangled] = new Sk.builtin.func((self) => {
    if (self.gi$ended || self.gi$resumeat === 0) {
      self.gi$ended = true;
      return none;
    }
    try {
      Sk.misceval.retryOptionalSuspensionOrThrow(throwInto(self, new Sk.builtin.GeneratorExit()));
    } catch (error) {
      if (error instanceof Sk.builtin.GeneratorExit || error instanceof Sk.builtin.StopIteration) return none;
      throw error;
    }
    if (self.gi$ended) return none;
    throw new Sk.builtin.RuntimeError("generator ignored GeneratorExit");
  });

  // --- classes

  const buildClass = Sk.misceval.buildClass;
  const SET_NAME = text("__set_name__");
  const INIT_SUBCLASS = text("__init_subclass__");
  const INIT = text("__init__");

  Sk.misceval.buildClass = (globals, body, name, bases, cell) => {
    let names = {};
    const noted = (...args) => {
      body(...args);
      names = args[1];
    };
    const made = buildClass(globals, noted, name, bases, cell);
    const meta = bases.map((base) => base.ob$type).find((type) => type !== undefined && type !== Sk.builtin.type);
    for (const [key, value] of Object.entries(names)) {
      const hook = value?.ob$type?.$typeLookup?.(SET_NAME);
      if (hook !== undefined) Sk.misceval.callsimArray(hook, [value, made, text(Sk.unfixReserved(key))]);
    }
    const hook = made.prototype.tp$mro
      .slice(1)
      .map(
        (base) =>
          base.prototype[INIT_SUBCLASS.$mangled] &&
          Object.hasOwn(base.prototype, INIT_SUBCLASS.$mangled) &&
          base.prototype[INIT_SUBCLASS.$mangled],
      )
      .find((found) => found);
    if (hook) Sk.misceval.callsimArray(hook.im$func ?? hook, [made]);
    if (meta !== undefined) {
      Object.setPrototypeOf(made, meta.prototype);
      const init = meta.$typeLookup(INIT);
      const pairs = Object.entries(names).flatMap(([key, value]) => [text(Sk.unfixReserved(key)), value]);
      if (init)
        Sk.misceval.callsimArray(init, [made, text(name), new Sk.builtin.tuple(bases), new Sk.builtin.dict(pairs)]);
    }
    return made;
  };
})();
