"""Messages between site, runner and sandbox. Standard library only; runs on CPython 3.10."""
