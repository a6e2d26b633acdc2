// What modules of this folder need of the page and of Skulpt itself.
var $builtinmodule = () => {
  const text = (value) => new Sk.builtin.str(value);
  const none = Sk.builtin.none.none$;
  return {
    __name__: text("_light"),
    /// n random bytes, of the browser's generator for keys.
    random_bytes: new Sk.builtin.func((n) => {
      const made = new Uint8Array(Sk.builtin.asnum$(n));
      globalThis.crypto.getRandomValues(made);
      return new Sk.builtin.bytes(made);
    }),
    /// The exception that an `except` caught last, or None.
    caught: new Sk.builtin.func(() => globalThis.$lightCaught ?? none),
    /// [(file, line), …] of an exception, the outermost first.
    trace: new Sk.builtin.func((error) => {
      const places = [...(error.traceback ?? [])].reverse();
      return new Sk.builtin.list(
        places.map(
          ({ filename, lineno }) => new Sk.builtin.tuple([text(filename ?? "<unknown>"), new Sk.builtin.int_(lineno ?? 0)]),
        ),
      );
    }),
  };
};
