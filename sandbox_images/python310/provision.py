"""Finishes the image from inside: run by its own python3.10 as root, in the chroot and in the Dockerfile alike.

Standard library only. Arguments: the modules that must import. Prints one JSON object for image.json.
"""

import compileall
import contextlib
import importlib
import io
import json
import os
import py_compile
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

UID = 1000
PLACES = ("/opt/sbx", "/opt/anvil", "/work", "/env", "/envs", "/run/sbx")
#: Nobody's address (RFC 5737): whatever asks it is redirected to the egress proxy inside the sandbox.
RESOLV_CONF = "nameserver 192.0.2.53\noptions timeout:5 attempts:2\n"
HOSTS = "127.0.0.1 localhost widget\n::1 localhost\n"

UID_TEST = """
import getpass, os, sys, tempfile
assert os.getuid() == 1000, os.getuid()
assert getpass.getuser() == "widget", getpass.getuser()
assert os.path.expanduser("~") == "/work", os.path.expanduser("~")
for name in sys.argv[1:]:
    __import__(name)
import anvil.server, anvil.tables
"""


def main(must_import: list[str]) -> None:
    """Do every step; raises when the image would not work."""
    make_places()
    name_things()
    removed = remove_unusable_modules()
    precompile()
    dropped = drop_suid()
    check_as_ordinary_user(must_import)
    told = {"python": sys.version, "modules_without_library": removed, "suid_dropped": dropped}
    sys.stdout.write(json.dumps(told) + "\n")


def make_places() -> None:
    """Make the folders that mounts and copies go to."""
    for place in PLACES:
        Path(place).mkdir(parents=True, exist_ok=True)
        os.chmod(place, 0o755)  # noqa: S103  # seen by every run, writable by none


def name_things() -> None:
    """Give the run's account, the resolver and the host their names; copies for engines that mount their own."""
    add_line(Path("/etc/passwd"), f"widget:x:{UID}:{UID}:Widget:/work:/bin/sh")
    add_line(Path("/etc/group"), f"widget:x:{UID}:")
    ours = Path("/etc/widgetry")
    ours.mkdir(exist_ok=True)
    for name, text in (("resolv.conf", RESOLV_CONF), ("hosts", HOSTS)):
        (ours / name).write_text(text)
        target = Path("/etc") / name
        with contextlib.suppress(OSError):  # a docker build holds its own there
            target.unlink(missing_ok=True)
            target.write_text(text)
    # A subprocess of a run finds the same modules as the run.
    site = Path(sysconfig.get_paths()["purelib"])
    site.mkdir(parents=True, exist_ok=True)
    (site / "widgetry.pth").write_text("/opt/anvil\n/env\n/opt/sbx/stand_ins\n")


def add_line(path: Path, line: str) -> None:
    """Add a line unless it is there."""
    text = path.read_text()
    if line not in text.splitlines():
        path.write_text(f"{text.rstrip()}\n{line}\n")


def remove_unusable_modules() -> list[str]:
    """Remove extension modules whose libraries the image lacks: a clear ImportError instead of an odd one."""
    removed = []
    for path in sorted(Path(sysconfig.get_paths()["platstdlib"], "lib-dynload").glob("*.so")):
        name = path.name.partition(".")[0]
        if name.startswith(("_test", "_xxtest", "xx")):
            path.unlink()
            continue
        try:
            importlib.import_module(name)
        except ImportError as error:
            if "shared object file" in str(error):
                path.unlink()
                removed.append(name)
    return removed


def precompile() -> None:
    """Compile everything; hash-based and unchecked, so that copying with other times keeps it valid."""
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    folders = [sysconfig.get_paths()["stdlib"], "/opt/anvil", "/opt/sbx"]
    with contextlib.redirect_stdout(io.StringIO()):  # lib2to3 holds files that are not Python 3
        for folder in folders:
            compileall.compile_dir(folder, quiet=2, force=True, invalidation_mode=mode, workers=os.cpu_count() or 1)


def drop_suid() -> int:
    """Take away every suid and sgid bit; return how many files had one."""
    dropped = 0
    for folder, _, names in os.walk("/"):
        if folder.startswith(("/proc", "/sys", "/dev")):
            continue
        for name in names:
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_ISUID | stat.S_ISGID):
                os.chmod(path, stat.S_IMODE(mode) & ~(stat.S_ISUID | stat.S_ISGID))
                dropped += 1
    return dropped


def check_as_ordinary_user(must_import: list[str]) -> None:
    """Import what runs need as uid 1000: a Python with a path into a home folder works for root alone ([M])."""
    command = [sys.executable, "-c", UID_TEST, *must_import]
    clean = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    subprocess.run(command, user=UID, group=UID, extra_groups=[], env=clean, check=True)  # noqa: S603


if __name__ == "__main__":
    main(sys.argv[1:])
