"""Imports that the supervisor makes so that runs don't have to, frozen for forking."""

import gc
import importlib

import widget_policy


def preload_always() -> None:
    """Import what every run needs before its first line; the adapter imports the anvil library itself."""
    for name in widget_policy.page("preload")["always"]["modules"]:
        if name != "anvil.server":
            importlib.import_module(name)


def preload(wanted: list[str]) -> list[str]:
    """Import those of ``wanted`` that the policy allows and the image has; return them, frozen for forking."""
    loaded = []
    for name in sorted(widget_policy.preload_allowed().intersection(wanted)):
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # the run's own import will say so
        loaded.append(name)
    freeze()
    return loaded


def freeze() -> None:
    """Take everything that is there out of the garbage collector's sight.

    A collection in a child would touch, and so copy, the whole inherited heap ([M]: +22 ms). Nothing is collected in
    between (``__main__``), and from here on as ever.
    """
    gc.collect()
    gc.freeze()
    gc.enable()
