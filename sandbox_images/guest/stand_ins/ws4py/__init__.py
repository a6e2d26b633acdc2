"""Stands in for ws4py, which anvil.server imports and never uses here: 6 MB and half of its import time less.

Last on sys.path, so that a widget's own ws4py comes first.
"""
