"""The sandbox image: built by ``sandbox_images/build.py`` when it is missing or its recipe changed."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from widget_all_in_one.steps import SetupError, indented_tail

#: Debootstrap unpacks some 100 packages; a slow mirror takes minutes.
BUILD_TIMEOUT_S = 900


@dataclass(frozen=True)
class Image:
    """Where the image is: a folder, and its name in a Docker engine ("" where it was not imported)."""

    rootfs: Path
    docker_name: str = ""


def find_image(folder: Path, given: Mapping[str, str]) -> Image | None:
    """Return the image that WIDGETRY_ROOTFS and WIDGETRY_IMAGE name, else the one built in ``folder``, else None."""
    rootfs = Path(given.get("WIDGETRY_ROOTFS") or folder / "current")
    if not (rootfs / "usr").is_dir():
        return None
    name = given.get("WIDGETRY_IMAGE", "")
    built = folder / "image.json"
    if not name and not given.get("WIDGETRY_ROOTFS") and built.exists():
        name = f"widgetry-python310:{json.loads(built.read_text())['id']}"
    return Image(rootfs, name)


def build_image(
    checkout: Path, folder: Path, docker_socket: Path | None, log: Path, tell: Callable[[str], None] = lambda line: None
) -> Image:
    """Bring the image up to its recipe, also in a Docker engine where one is given, and return it.

    ``tell`` gets each line about a part that had to be made.
    """
    if os.environ.get("WIDGETRY_ROOTFS"):
        image = find_image(folder, os.environ)
        if image is None:
            raise SetupError(f"WIDGETRY_ROOTFS is {os.environ['WIDGETRY_ROOTFS']}, which holds no image")
        return image
    command = [sys.executable, str(checkout / "sandbox_images" / "build.py"), "--output", str(folder)]
    if docker_socket:
        command += ["--docker", str(docker_socket)]
    status = _run(command, log, tell)
    image = find_image(folder, os.environ)
    if status != 0 or image is None:
        said = indented_tail(log.read_text(errors="replace"))
        raise SetupError(f"the sandbox image was not built; {log} ends with:\n{said}")
    return image


def _run(command: list[str], log: Path, tell: Callable[[str], None]) -> int:
    """Run the build; its parts, which it prints indented, are told as they are done, everything goes to the log."""
    with (
        log.open("w") as kept,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as build,
    ):
        alarm = threading.Timer(BUILD_TIMEOUT_S, build.kill)
        alarm.start()
        try:
            assert build.stdout is not None
            for line in build.stdout:
                kept.write(line)
                if line.startswith("  "):
                    tell(f"  {line}")
            return build.wait()
        finally:
            alarm.cancel()
