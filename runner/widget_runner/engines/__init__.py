"""The ways to make sandboxes, one per file; ``base.py`` is the contract that all of them keep."""

from typing import TYPE_CHECKING

from widget_runner.engines.base import EngineError, EngineSettings, SandboxEngine

if TYPE_CHECKING:
    from widget_runner.engines.docker import DockerEngine


async def make_engine(settings: EngineSettings) -> SandboxEngine:
    """Return the engine that ``settings`` name; EngineError when this machine doesn't have it.

    ``auto`` is Docker when an engine with our image answers, else local. Ask its ``probe`` before it runs anything.
    """
    if settings.engine == "local":
        return _local(settings)
    if settings.engine == "docker":
        return _docker(settings)
    if settings.engine != "auto":
        raise EngineError(f"WIDGETRY_ENGINE={settings.engine!r} is not auto, docker or local")
    try:
        found = _docker(settings)
    except EngineError:
        return _local(settings)
    if await found.has_image():
        return found
    await found.close()
    return _local(settings)


# Imported when asked for: docker alone costs 0.2 s, and both lead back here through the probe.
def _local(settings: EngineSettings) -> SandboxEngine:
    from widget_runner.engines.local import LocalEngine

    return LocalEngine(settings)


def _docker(settings: EngineSettings) -> "DockerEngine":
    from widget_runner.engines.docker import DockerEngine

    return DockerEngine(settings)
