"""What an engine starts inside a sandbox: the supervisor."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from widget_guest.supervisor import main

    main()
