"""Client code of GUI widgets before it runs: what an engine can't run is named, what it needs to be told is rewritten.

Pure functions of source text. ``light`` knows the Light engine's Python, ``imports`` which modules each engine has.
"""
