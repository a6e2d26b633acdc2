"""``python -m widget_site.backup take|restore``: a backup to standard output, or from standard input.

``widgetry backup FILE`` and ``widgetry restore FILE`` run it as the site's own user.
"""

import argparse
import asyncio
import sys
from typing import Any

from widget_site.settings import SiteSettings
from widget_site.store import backup
from widget_site.store.backup import BackupError


def main() -> int:
    """Do what the one command says; 1 and a sentence when it can't be done."""
    parser = argparse.ArgumentParser(prog="python -m widget_site.backup")
    parser.add_argument("command", choices=("take", "restore"))
    parser.add_argument("--with-key", action="store_true")
    parser.add_argument("--key-follows", action="store_true", help="who restores has the key and puts it there")
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
    if not given.key_follows:
        sys.stderr.write(about_key(given.command, about, settings))
    return 0


def about_key(command: str, about: dict[str, Any], settings: SiteSettings) -> str:
    """Return what must be known of the key of widgets' secrets, which most backups lack; nothing when all is there."""
    # A backup of the first versions does not say where its key was.
    where = about.get("key", "file")
    if about["has_key"] or where == "none":
        return ""
    if command == "restore":
        return "" if settings.secret_key is not None else _RESTORED_WITHOUT_KEY
    return _SETTING_NOT_IN_IT if where == "setting" else _FILE_NOT_IN_IT.format(settings.data / backup.SECRET_KEY)


_FILE_NOT_IN_IT = """
!! NOT IN THIS BACKUP: the key of widgets' secrets, {}
!! Without it nobody can read the secrets again, neither thieves nor you. Copy that file to another place than the
!! backups, or take the backup with --with-key and guard it.
"""
_SETTING_NOT_IN_IT = """
!! NOT IN THIS BACKUP: WIDGETRY_SECRET_KEY, which widgets' secrets are encrypted with. Keep it apart: without it nobody
!! can read the secrets again.
"""
_RESTORED_WITHOUT_KEY = """
!! The key of widgets' secrets was not in this backup. Until it is there, no secret can be read: give your copy with
!! --key FILE, or set WIDGETRY_SECRET_KEY to it.
"""


if __name__ == "__main__":
    sys.exit(main())
