"""Packages: resolved and installed in throw-away sandboxes, kept in the store of environments (spec/sandbox.md 10)."""
