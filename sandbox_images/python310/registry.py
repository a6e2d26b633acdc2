"""The image by way of a registry: ``docker build``, then its files as a folder."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from python310.debian import BuildError


def build(docker_socket: str, recipe_folder: Path, new: Path, recipe: dict[str, Any]) -> dict[str, Any]:
    """Build the Dockerfile with the code staged in ``new/context/opt``; leave the image's files in ``new``."""
    import docker  # only machines with a Docker engine come here
    import docker.errors

    client: Any = docker.APIClient(base_url=f"unix://{docker_socket.removeprefix('unix://')}", timeout=600)
    context = new / "context"
    for name in ("Dockerfile", "provision.py"):
        shutil.copy2(recipe_folder / name, context / name)
    arguments = {
        "BASE": recipe["registry_image"],
        "PACKAGES": " ".join(name for line in recipe["packages"] for name in line["names"]),
        "MUST_IMPORT": " ".join(recipe["must_import"]),
    }
    image = _built_image(client.build(path=str(context), buildargs=arguments, rm=True, forcerm=True, decode=True))
    shutil.rmtree(context)
    container = client.create_container(image)["Id"]
    try:
        unpack = subprocess.Popen(  # noqa: S603
            ["tar", "-C", str(new), "--numeric-owner", "-x"],  # noqa: S607
            stdin=subprocess.PIPE,
        )
        assert unpack.stdin is not None
        for chunk in client.export(container):
            unpack.stdin.write(chunk)
        unpack.stdin.close()
        if unpack.wait():
            raise BuildError("The image's files could not be unpacked; is the disk full?")
    finally:
        client.remove_container(container, force=True)
    return {"python": recipe["registry_image"], "built_by": "docker build"}


def _built_image(lines: Any) -> str:
    image = ""
    for line in lines:
        if "error" in line:
            raise BuildError(f"docker build failed: {line['error'].strip()} (does the engine reach a registry?)")
        image = line.get("aux", {}).get("ID", image)
    if not image:
        raise BuildError("docker build ended without an image")
    return image
