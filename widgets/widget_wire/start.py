"""The link between a runner and the child of one run: a stream of frames (``frames.py``) on the run's own socket.

Runner to child
    1. ``{"type": "START", "kind": "script"|"api"|..., "files": {path: text or {"base64": ...}}, "main": "main.py",
       "argv": [...], "origin": "http://slug.localhost:8000", "random": <hex>,
       "payload_bytes": <the most that one message may have>, "keep": {"shown_bytes", "files", "file_bytes",
       "files_bytes"}}`` — always the first frame. ``argv`` is without the name of the script; ``keep`` is how much is
       taken of pictures and of files that the run wrote.
       ``"call": {"function", "arguments": [[name, kind, value], ...]}`` names a function of the script to call once it
       has run (kinds: ``widget_model.forms.call``). ``"interactive": true`` when somebody can answer what the script
       asks. ``"app"`` is what ``anvil.app`` says of the widget. ``"task": {"id": <the run's id>, "given": true}`` when
       the run is a background task (``background.py``); with ``given`` a script's arguments come in a CALL.
       ``files`` of a GUI are without those below THEME.
       ``"compiled": {path: <base64 of marshal>}`` is what some of the files compile to, as COMPILED said.
    2. For a route: an Anvil ``CALL`` (command ``route:/path`` or ``http:/path``), then the chunks of its media.
    3. Answers to the child's own calls: ``{"id", "response"|"error", "objects", ...}`` and their chunks.
    4. ``{"type": "INPUT", "text": "Ada\\n" or null}``: the answer to ASK; null is the end of input.

Child to runner (all of it hostile)
    * A script ends with ``{"type": "END", "error": null or {"type", "message", "trace", "traceback"},
      "exit_code": 0, "said": "bye", "returned": 42}`` (``said`` only after ``sys.exit("bye")``, ``returned`` only when
      ``anvil.script.return_value`` was set); a child that closes the socket without it was killed, crashed or called
      ``os._exit``.
    * A route ends with Anvil's response or error to the CALL's id (in ``error`` there is also ``traceback``).
    * ... or, when the body is sent piece by piece, with that response with ``"body": null`` and ``"stream": {"length":
      <bytes> or null, "type": <media type> or null, "name": <file name> or null}``, then the body as binary frames that
      no ``CHUNK_HEADER`` announces, then ``{"type": "BODY_END"}``; or an error to the CALL's id in its place. Calls of
      services may come in between.
    * ``{"type": "CALL", ...}``: a service call; ``CHUNK_HEADER`` + binary frame: media.
    * ``{"type": "DISPLAY", "data": {mime: value}, "media": [[mime, <bytes>], ...]}``: something to show (rich output).
      The bytes of ``media``, in order, follow at once in chunks whose ``requestId`` is HANDOVER and whose ``mediaId``
      counts from "0". Everything printed before has been read by then, or 2 s have passed; the child prints on when
      this has been read.
    * ``{"type": "FILE", "name", "bytes": <size>, "kept": true}``, before END: a file that a script wrote; its bytes
      follow likewise as media "0". With ``kept`` false it is too much, and no bytes follow.
    * ``{"type": "ASK", "prompt": "Name? ", "secret": false}``, of an interactive script: it waits for a line on stdin.
      What it printed before is in its pipes already. One question at a time.
    * ``{"type": "TASK_STATE", "response", "objects"}`` or ``{"type": "TASK_STATE", "error"}``, of a background task:
      its state has changed, or can't be sent.
    * ``{"type": "PRINTED"}``, once at most: its pipes are to be read. It waits for that before it uses the other
      stream, or it has printed so much that one of them may soon be full.

A kept child (``"kept": true`` in START) serves many calls, several at once
    * It says ``{"type": "READY"}``. From then on the runner sends ``{"type": "SERVE", "id": <int>}`` for each call,
      beside it 4 descriptors: the data socket, the stdout pipe, the stderr pipe and the eventfd of that call. On these
      everything is as above, from the ``CALL`` (2.) on; START is not said again.
    * ``{"type": "ENDED", "id", "cpu_s": <float>, "rss_kb": <int>}``: a call's thread has ended, and its descriptors are
      closed. ``cpu_s`` is the thread's, ``rss_kb`` the process's.
    * ``{"type": "SPENT"}``: the widget's code could not be loaded; no further call will do better here.
    * What programs print that user code starts, and threads that outlive their call, comes in the child's own pipes.
      When its own socket is closed, the child ends.

A child that compiles, and executes nothing of the widget
    * Its first and only frame is ``{"type": "COMPILE", "kind": "api"|"gui", "main", "files"}``, in place of START.
    * It answers ``{"type": "COMPILED", "code": {path: <base64 of marshal>}}`` and ends: the code of the files that
      every call executes, without those that fail to compile or warn; before base64, COMPILED_BYTES at most.

Just before the first line of user code the child adds the time (CLOCK_MONOTONIC in µs) to the eventfd that came with
its run, and closes it: the time limit counts from there, and a run whose eventfd is still 0 may be tried elsewhere. It
is no message, so that a runner that has nothing to do at that moment is not woken.
"""

#: Kinds of frame message that our own code adds to Anvil's.
START = "START"
COMPILE = "COMPILE"
COMPILED = "COMPILED"
END = "END"
DISPLAY = "DISPLAY"
FILE = "FILE"
PRINTED = "PRINTED"
TASK_STATE = "TASK_STATE"
ASK = "ASK"
INPUT = "INPUT"
BODY_END = "BODY_END"
READY = "READY"
SERVE = "SERVE"
ENDED = "ENDED"
SPENT = "SPENT"

#: The ``requestId`` of chunks that belong to the DISPLAY or FILE before them.
HANDOVER = "handover"
#: So many things with media may one run show.
SHOWN_MEDIA = 100
#: Bytes of one chunk of a handover.
CHUNK_BYTES = 256 * 1024

#: A message of user code (a result, the arguments of a call) has at most this many bytes; media don't count (S-45).
#: START may carry another bound as ``"payload_bytes"``.
PAYLOAD_BYTES = 4 * 1024 * 1024
#: Files below it are for pages: START and COMPILE of a GUI leave them out.
THEME = "theme/"
#: The most code that is brought to a run, before base64.
COMPILED_BYTES = 2 * 1024 * 1024
#: The most that a script returns (W-10), as JSON.
RETURNED_BYTES = 64 * 1024
#: The most that user code keeps in a visitor's session (S-65), as JSON.
SESSION_BYTES = 256 * 1024
#: A single write to stdout or stderr of this many characters is shortened (W-33).
SINGLE_OUTPUT_CHARS = 4 * 1024 * 1024
