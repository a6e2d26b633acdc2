"""The sandbox image: built by ``sandbox_images/build.py`` when it is missing or its recipe changed."""

import os
import subprocess
import sys
from pathlib import Path

from widget_all_in_one.steps import SetupError, indented_tail

#: Debootstrap unpacks some 100 packages; a slow mirror takes minutes.
BUILD_TIMEOUT_S = 900


def build_image(checkout: Path, folder: Path) -> Path:
    """Return the folder of the image's files (WIDGETRY_ROOTFS when it is given), building it when needed."""
    given = os.environ.get("WIDGETRY_ROOTFS")
    if given:
        if not (Path(given) / "usr").is_dir():
            raise SetupError(f"WIDGETRY_ROOTFS is {given}, which holds no image")
        return Path(given)
    command = [sys.executable, str(checkout / "sandbox_images" / "build.py"), "rootfs", "--out", str(folder)]
    log = folder.with_name("logs") / "image.log"
    with log.open("wb") as output:
        try:
            done = subprocess.run(command, stdout=output, stderr=output, timeout=BUILD_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise SetupError(f"the sandbox image was not built in {BUILD_TIMEOUT_S} s; see {log}") from error
    if done.returncode != 0:
        said = indented_tail(log.read_text(errors="replace"))
        raise SetupError(f"the sandbox image was not built; {log} ends with:\n{said}")
    return folder / "rootfs"
