"""Runs under CPython 3.10: one child without walls. Arguments: the folder for /work, the data socket's descriptor."""

import os
import sys

from widget_guest import anvil_adapter, child, tracebacks


def main() -> None:
    tracebacks.WORK = sys.argv[1]
    os.dup2(int(sys.argv[2]), 3)
    os.chdir(tracebacks.WORK)
    sys.path.insert(0, tracebacks.WORK)
    anvil_adapter.prepare()
    link = child.make_ready()
    child.rehearse(link)
    child.serve(link)


if __name__ == "__main__":
    main()
