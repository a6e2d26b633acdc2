"""Runs under CPython 3.10: one child without walls.

Arguments: the folder for /work, and the descriptors of the data socket and the eventfd.
"""

import os
import sys

from widget_guest import anvil_adapter, child, tracebacks


def main() -> None:
    tracebacks.WORK = sys.argv[1]
    data, began = (os.dup(int(number)) for number in sys.argv[2:])
    os.dup2(data, 3)
    os.dup2(began, 4)
    os.closerange(5, 100)
    os.chdir(tracebacks.WORK)
    sys.path.insert(0, tracebacks.WORK)
    anvil_adapter.prepare()
    link = child.make_ready()
    child.rehearse(link)
    child.rehearse_app(link)
    child.serve(link)


if __name__ == "__main__":
    main()
