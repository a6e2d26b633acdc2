"""Finding programs of the system, also where an ordinary PATH has no sbin."""

import os
import shutil


def find_program(name: str) -> str | None:
    """Return the path of an installed program, or None."""
    return shutil.which(
        name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    )
