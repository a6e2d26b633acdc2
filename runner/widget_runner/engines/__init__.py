"""The ways to make sandboxes, one per file; ``base.py`` is the contract that all of them keep."""
