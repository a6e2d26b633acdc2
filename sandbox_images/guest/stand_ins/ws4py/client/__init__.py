"""See ``ws4py``."""
