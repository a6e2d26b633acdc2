"""What an engine starts inside a sandbox: the supervisor."""

import gc
import sys
from pathlib import Path

if __name__ == "__main__":
    # What is imported stays: to look for garbage among it is a third of what a start costs. ``freeze`` turns it on.
    gc.disable()
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from widget_guest.supervisor import main

    main()
