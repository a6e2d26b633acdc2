"""What the documentation says of hosting an uplink script, done as written: the image is built and connects."""

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from tests.fixtures.dockerd import IMAGE
from tests.services.uplink.programs import UPLINK, Caller, environment

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.root]

PAGE = Path(__file__).resolve().parents[3] / "site/widget_site/docs/server-functions.md"
#: The image of sandboxes, with a pip and what it is to install: no registry and no index is asked.
BASE = f"""
FROM {IMAGE}
USER root
COPY pip /opt/pip
COPY wheels /opt/wheels
ENV PYTHONPATH=/opt/pip PIP_NO_INDEX=1 PIP_FIND_LINKS=/opt/wheels PIP_ROOT_USER_ACTION=ignore
"""


def block(language: str, beginning: str = "") -> str:
    """Return a block of code of the page."""
    hosting = PAGE.read_text().partition('id="hosting"')[2]
    found = [text for text in re.findall(rf"```{language}\n(.*?)```", hosting, re.DOTALL) if text.startswith(beginning)]
    assert len(found) == 1, found
    return str(found[0])


def build(client: docker.APIClient, folder: Path, tag: str, **arguments: str) -> None:
    """Build a Dockerfile; what went wrong is the error."""
    said = list(client.build(path=str(folder), tag=tag, buildargs=arguments, network_mode="none", rm=True, decode=True))
    assert client.images(name=tag), said[-5:]


@pytest.fixture
def engine(dockerd: str) -> Iterator[docker.APIClient]:
    """The Docker engine of tests."""
    client = docker.APIClient(base_url=dockerd, version="1.41", timeout=180)
    yield client
    client.close()


def make_base(client: docker.APIClient, folder: Path, python: str) -> None:
    """Make an image with a pip that finds anvil-uplink."""
    uv = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python]
    subprocess.run([*uv, "--target", str(folder / "pip"), "pip"], check=True, timeout=120)
    pip = [python, str(folder / "pip/pip"), "wheel", "-q", "--wheel-dir", str(folder / "wheels"), UPLINK, "setuptools"]
    subprocess.run(pip, check=True, timeout=300)
    (folder / "Dockerfile").write_text(BASE)
    build(client, folder, "uplink-base")


async def test_k_02_the_dockerfile_of_the_documentation_is_built_and_connects(
    caller: Caller, uplink_homes: Path, engine: docker.APIClient, tmp_path: Path
) -> None:
    python = environment(uplink_homes, "3.10")
    base, app = tmp_path / "base", tmp_path / "app"
    base.mkdir()
    app.mkdir()
    await asyncio.to_thread(make_base, engine, base, python)
    (app / "Dockerfile").write_text(block("dockerfile"))
    (app / "requirements.txt").write_text(f"{UPLINK}\n")
    (app / "uplink.py").write_text(block("python", "# uplink.py"))
    await asyncio.to_thread(build, engine, app, "uplink-script", BASE="uplink-base")
    url = f"ws://127.0.0.1:{caller.served.port}/_/uplink"
    host = engine.create_host_config(network_mode="host", read_only=True, tmpfs={"/tmp": ""}, cap_drop=["ALL"])
    environment_ = {"UPLINK_KEY": await caller.key(), "UPLINK_URL": url}
    container = engine.create_container("uplink-script", environment=environment_, host_config=host)["Id"]
    try:
        engine.start(container)
        try:
            await caller.until_has("predict")
        except TimeoutError as error:
            raise AssertionError(engine.logs(container).decode()) from error

        assert await caller.call("predict", [1, 2, 6]) == 3.0
    finally:
        engine.remove_container(container, force=True)
        for tag in ("uplink-script", "uplink-base"):
            engine.remove_image(tag, force=True)
        shutil.rmtree(base, ignore_errors=True)
