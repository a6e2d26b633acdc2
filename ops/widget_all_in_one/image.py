"""The sandbox image: built by ``sandbox_images/build.py`` when it is missing or its recipe changed."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
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


def build_image(checkout: Path, folder: Path, docker_socket: Path | None, log: Path) -> Image:
    """Bring the image up to its recipe, also in a Docker engine where one is given, and return it."""
    if os.environ.get("WIDGETRY_ROOTFS"):
        image = find_image(folder, os.environ)
        if image is None:
            raise SetupError(f"WIDGETRY_ROOTFS is {os.environ['WIDGETRY_ROOTFS']}, which holds no image")
        return image
    command = [sys.executable, str(checkout / "sandbox_images" / "build.py"), "--output", str(folder)]
    if docker_socket:
        command += ["--docker", str(docker_socket)]
    with log.open("wb") as output:
        try:
            done = subprocess.run(command, stdout=output, stderr=output, timeout=BUILD_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise SetupError(f"the sandbox image was not built in {BUILD_TIMEOUT_S} s; see {log}") from error
    image = find_image(folder, os.environ)
    if done.returncode != 0 or image is None:
        said = indented_tail(log.read_text(errors="replace"))
        raise SetupError(f"the sandbox image was not built; {log} ends with:\n{said}")
    return image
