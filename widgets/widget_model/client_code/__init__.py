"""Client code of GUI widgets before it runs: what an engine can't run is named, what it needs to be told is rewritten.

Pure functions of source text. ``light`` knows the Light engine's Python, ``engines`` which modules each engine has (the
browser's build finds that out). ``checking`` checks one file as its author types it: imports that can't work, with
the quick fix that makes a server function of what needs them (``imports``, ``moving``, ``handler_part``), and forms'
templates (``template_check``). ``stubs`` is what the language server is told of client code.
"""
