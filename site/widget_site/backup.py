"""``python -m widget_site.backup take|restore``: a backup to standard output, or from standard input.

``widgetry backup FILE`` and ``widgetry restore FILE`` run it as the site's own user.
"""

import argparse
import asyncio
import sys

from widget_site.settings import SiteSettings
from widget_site.store import backup
from widget_site.store.backup import BackupError


def main() -> int:
    """Do what the one command says; 1 and a sentence when it can't be done."""
    parser = argparse.ArgumentParser(prog="python -m widget_site.backup")
    parser.add_argument("command", choices=("take", "restore"))
    parser.add_argument("--with-key", action="store_true")
    given = parser.parse_args()
    settings = SiteSettings()
    try:
        if given.command == "take":
            about = backup.take(settings, sys.stdout.buffer, with_key=given.with_key)
        else:
            about = asyncio.run(backup.restore(settings, sys.stdin.buffer))
    except BackupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stderr.write(f"{about['blobs']} files, {'with' if about['has_key'] else 'without'} the key of secrets\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
