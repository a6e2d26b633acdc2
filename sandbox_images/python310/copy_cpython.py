"""Copies a CPython 3.10 of this machine into the image's /usr/local."""

import shutil
from pathlib import Path

from python310.find_cpython import CPython


def copy_cpython(python: CPython, rootfs: Path, trim: list[str]) -> None:
    """Copy the interpreter, its standard library and libpython; what nobody needs in a run stays behind."""
    prefix = rootfs / "usr/local"
    library = prefix / "lib/python3.10"
    shutil.copytree(python.stdlib, library, symlinks=True, ignore=_leave_out(python.stdlib, trim))
    (library / "site-packages").mkdir()
    (prefix / "bin").mkdir(exist_ok=True)
    executable = prefix / "bin/python3.10"
    shutil.copy2(Path(python.executable).resolve(), executable)
    for name in ("python3", "python"):
        (prefix / "bin" / name).symlink_to("python3.10")
    if python.library:
        shutil.copy2(Path(python.library_folder) / python.library, prefix / "lib" / python.library)
        _forget_folder(python.library_folder, [executable, prefix / "lib" / python.library])
    _forget_prefix(python, library)


def _leave_out(stdlib: str, trim: list[str]) -> "_Ignore":
    return _Ignore(Path(stdlib), frozenset(trim))


class _Ignore:
    """Says to ``shutil.copytree`` what not to copy of the standard library."""

    def __init__(self, stdlib: Path, trim: frozenset[str]) -> None:
        self._stdlib = stdlib
        self._trim = trim

    def __call__(self, folder: str, names: list[str]) -> set[str]:
        """Return those of ``names`` to leave out: listed ones, bytecode (made anew) and static libraries."""
        inside = Path(folder).relative_to(self._stdlib)
        return {
            name
            for name in names
            if str(inside / name) in self._trim or name == "__pycache__" or name.startswith("config-3.10")
        }


def _forget_folder(folder: str, files: list[Path]) -> None:
    """Overwrite the RUNPATH to ``folder``: it may be a home folder, and in the image ldconfig knows the library."""
    old = folder.encode() + b"\0"
    new = b"/usr/local/lib\0"
    if len(new) > len(old):
        return
    for path in files:
        path.write_bytes(path.read_bytes().replace(old, new.ljust(len(old), b"\0")))


def _forget_prefix(python: CPython, library: Path) -> None:
    """Replace the old prefix in what sysconfig tells: it names no place in the image."""
    prefix = str(Path(python.stdlib).parent.parent)
    for path in library.glob("_sysconfigdata*.py"):
        path.write_text(path.read_text().replace(prefix, "/usr/local"))
