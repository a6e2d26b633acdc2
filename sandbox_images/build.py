"""Builds the image of sandboxes: ``python sandbox_images/build.py --output DIR [--docker SOCKET]``.

The image is a folder, DIR/current (a link: a sandbox that runs keeps the version that it started with), and, given a
Docker engine, also the Docker image that DIR/image.json names. Building again without a change takes under a second.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from python310 import registry
from python310.copy_cpython import copy_cpython
from python310.debian import BuildError, make_base, mirror, run
from python310.find_cpython import CPython, find

HERE = Path(__file__).resolve().parent
RECIPE_FOLDER = HERE / "python310"
#: Our code in the image: folder of /opt/sbx -> where it is in the checkout.
CODE = {
    "stand_ins": HERE / "guest/stand_ins",
    "widget_guest": HERE / "guest/widget_guest",
    "widget_policy": HERE / "policy/widget_policy",
    "widget_wire": HERE.parent / "widgets/widget_wire",
}
REPOSITORY = "widgetry-python310"
#: How the image is used when it is a Docker image.
DOCKER_CHANGES = [
    "USER 1000:1000",
    "ENV PATH=/usr/local/bin:/usr/bin:/bin",
    'CMD ["/usr/local/bin/python3.10","-B","-s","/opt/sbx/widget_guest/__main__.py"]',
]


def main() -> int:
    """Build what is missing; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder for the image, its base and image.json")
    parser.add_argument("--docker", default="", help="socket of a Docker engine to import the image into, too")
    arguments = parser.parse_args()
    try:
        build(arguments.output.absolute(), arguments.docker)
    except BuildError as error:
        say(f"The image could not be built. {error}")
        return 1
    return 0


def build(output: Path, docker_socket: str) -> None:
    """Bring DIR/current and, when asked for, the Docker image up to the recipe."""
    recipe = json.loads((RECIPE_FOLDER / "recipe.json").read_text())
    python = find()
    image_id = digest_of_inputs(recipe, python)
    rootfs = output / f"image-{image_id}"
    output.mkdir(parents=True, exist_ok=True)
    made = None if rootfs.is_dir() else make_rootfs(output, rootfs, recipe, python, docker_socket)
    publish(output, rootfs, image_id, made)
    if docker_socket:
        with step("Docker image"):
            import_into_docker(docker_socket, rootfs, image_id)
    say(f"The image {image_id} is {output / 'current'}")


def make_rootfs(
    output: Path, rootfs: Path, recipe: dict[str, Any], python: CPython | None, docker_socket: str
) -> dict[str, Any]:
    """Make the image's folder and return what provisioning told; nothing half-made keeps the final name."""
    new = rootfs.with_name(f"{rootfs.name}.new-{os.getpid()}")
    shutil.rmtree(new, ignore_errors=True)
    try:
        if python is not None:
            told = from_debootstrap(output, new, recipe, python)
        elif docker_socket:
            stage_code(new / "context/opt")
            told = registry.build(docker_socket, RECIPE_FOLDER, new, recipe)
        else:
            raise BuildError(
                "No CPython 3.10 was found. Set WIDGETRY_PYTHON310 to one, or install it: `uv python install 3.10`; "
                "or start a Docker engine that reaches a registry."
            )
        new.rename(rootfs)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return told


def from_debootstrap(output: Path, new: Path, recipe: dict[str, Any], python: CPython) -> dict[str, Any]:
    """Make the image from a Debian base and this machine's CPython."""
    packages = package_names(recipe)
    base = output / f"base-{short_hash(recipe['suite'], packages, recipe['trim']['paths'], mirror(recipe['suite']))}"
    if not base.is_dir():
        with step(f"Debian {recipe['suite']} (debootstrap)"):
            make_base(base, recipe["suite"], packages, recipe["trim"]["paths"])
    with step("Copy of the base"):
        run(["cp", "-a", "--reflink=auto", str(base), str(new)], "copying the base")
    with step(f"CPython {python.version.split()[0]} of {python.executable}"):
        copy_cpython(python, new, recipe["python_trim"]["paths"])
    stage_code(new / "opt")
    with step("Provisioning: accounts, bytecode, suid bits, test as uid 1000"):
        shutil.copy2(RECIPE_FOLDER / "provision.py", new / "provision.py")
        run(["chroot", str(new), "/sbin/ldconfig"], "ldconfig in the image")
        command = ["chroot", str(new), "/usr/local/bin/python3.10", "/provision.py", *recipe["must_import"]]
        told: dict[str, Any] = json.loads(run(command, "provisioning"))
        (new / "provision.py").unlink()
    return told


def stage_code(opt: Path) -> None:
    """Copy our code and the two folders of the pinned anvil library below ``opt``."""
    recipe = json.loads((RECIPE_FOLDER / "recipe.json").read_text())
    for name, source in CODE.items():
        shutil.copytree(source, opt / "sbx" / name, ignore=shutil.ignore_patterns("__pycache__"))
    with step("The anvil library, by its hash"):
        wheel = opt.with_name("wheel")
        install_pinned(wheel)
        for name in recipe["anvil_folders"]:
            shutil.copytree(wheel / name, opt / "anvil" / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.rmtree(wheel)


def install_pinned(target: Path) -> None:
    """Unpack the pinned wheel into ``target`` with whichever client this machine has."""
    requirements = str(RECIPE_FOLDER / "requirements.txt")
    common = ["install", "--target", str(target), "--no-deps", "--require-hashes", "-r", requirements]
    clients = [[sys.executable, "-m", "pip"], ["uv", "pip"], ["python3", "-m", "pip"]]
    said = ""
    for client in clients:
        if not shutil.which(client[0]) or (client[-1] == "pip" and client[0] != "uv" and not has_pip(client[0])):
            continue
        try:
            run([*client, *common], " ".join(client), PIP_ROOT_USER_ACTION="ignore")
            return
        except BuildError as error:
            said = str(error)
    raise BuildError(said or "Neither pip nor uv is here: apt-get install python3-pip")


def has_pip(python: str) -> bool:
    """Return whether this Python can run pip."""
    return subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0  # noqa: S603


def publish(output: Path, rootfs: Path, image_id: str, made: dict[str, Any] | None) -> None:
    """Point ``current`` at the image, write image.json, remove what is older than the previous image."""
    if made is not None:
        told = {"id": image_id, "built_at": int(time.time()), "folder": str(output / "current"), **made}
        (rootfs / "etc/widgetry/image.json").write_text(json.dumps(told, indent=1) + "\n")
    current = output / "current"
    previous = os.readlink(current) if current.is_symlink() else ""
    if previous != rootfs.name:
        link = output / f"current.new-{os.getpid()}"
        link.symlink_to(rootfs.name)
        link.replace(current)
        for old in output.glob("image-*"):
            if old.is_dir() and old.name not in (previous, rootfs.name):
                shutil.rmtree(old, ignore_errors=True)
    shutil.copy2(rootfs / "etc/widgetry/image.json", output / "image.json")


def import_into_docker(docker_socket: str, rootfs: Path, image_id: str) -> None:
    """Import the folder as ``REPOSITORY:<id>`` unless the engine has it."""
    import docker  # only machines with a Docker engine come here
    import docker.errors

    client: Any = docker.APIClient(base_url=f"unix://{docker_socket.removeprefix('unix://')}", timeout=300)
    try:
        client.inspect_image(f"{REPOSITORY}:{image_id}")
        return
    except docker.errors.ImageNotFound:
        pass
    packed = subprocess.Popen(["tar", "-C", str(rootfs), "--numeric-owner", "-c", "."], stdout=subprocess.PIPE)  # noqa: S603, S607
    assert packed.stdout is not None
    try:
        client.import_image_from_stream(packed.stdout, repository=REPOSITORY, tag=image_id, changes=DOCKER_CHANGES)
    finally:
        packed.stdout.close()
        packed.wait()
    client.inspect_image(f"{REPOSITORY}:{image_id}")


def digest_of_inputs(recipe: dict[str, Any], python: CPython | None) -> str:
    """Return a short digest of everything that the image is made of."""
    files = [path for folder in CODE.values() for path in folder.rglob("*") if path.suffix in (".py", ".json")]
    files += [path for path in RECIPE_FOLDER.iterdir() if path.is_file()]
    contents = [(str(path.relative_to(HERE.parent)), path.read_bytes().hex()) for path in sorted(files)]
    return short_hash(recipe, python and (python.version, python.executable, python.library), contents)


def package_names(recipe: dict[str, Any]) -> list[str]:
    """Return the Debian packages that are added to the base."""
    return [name for line in recipe["packages"] for name in line["names"]]


def short_hash(*parts: Any) -> str:
    """Return 16 hex digits that stand for ``parts``."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say how long a step took."""
    started = time.monotonic()
    yield
    say(f"  {time.monotonic() - started:5.1f} s  {what}")


def say(text: str) -> None:
    """Print a line at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
