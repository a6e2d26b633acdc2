"""Every setting of the runner: ``WIDGETRY_<NAME>``; a secret also from the file that ``WIDGETRY_<NAME>_FILE`` names."""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from widget_model.limits import (
    KEPT,
    KEPT_IDLE_S,
    KEPT_PER_ACCOUNT,
    MEDIA_MAX_MB,
    MEDIA_ROOM_MB,
    SCRIPT_TIMEOUT_S,
    WIDGET_CONCURRENCY,
    WIDGET_QUEUE,
    Limits,
)
from widget_runner.admission import Caps
from widget_runner.engines.base import EngineSettings
from widget_runner.installs.failures import Bounds
from widget_runner.language.intake import LanguageCaps
from widget_runner.launcher import INSTALL_UNPACKED_MB
from widget_runner.pool import PoolPolicy

PREFIX = "WIDGETRY_"
_SECRETS = ("redis_url",)
_MB = 1024 * 1024


class RunnerSettings(BaseSettings):
    """The runner's settings; the defaults work on one machine."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    redis_url: SecretStr = Field(SecretStr("redis://localhost:6379/0"), description="Address of Redis.")
    engine: str = Field("auto", description="How sandboxes are made: auto, docker or local.")
    runtime: Path = Field(Path("run"), description="Folder of the sockets between runner, launcher and egress proxy.")
    rootfs: Path | None = Field(None, description="The sandbox image as a folder (local engine).")
    image: str = Field("widgetry-sandbox", description="The sandbox image's name (Docker engine).")
    docker_url: str = Field("", description="Where Docker answers; empty for what DOCKER_HOST says.")
    environments: Path | None = Field(None, description="Folder of installed packages, shown to sandboxes read-only.")
    cgroup: str = Field("", description="Delegated cgroup folders, as <controller>=<folder>,...; empty for none.")
    launcher: Path | None = Field(None, description="The launcher's socket; empty for a launcher under our own uid.")
    sandbox_uid: int | None = Field(None, description="Account of containers (Docker engine); empty for the policy's.")
    ca_file: Path | None = Field(None, description="Certificate authorities of the operator, shown in sandboxes.")
    guest: Path | None = Field(None, description="Checkout whose guest code stands in for the image's (development).")
    owner: str = Field("r", pattern=r"[A-Za-z0-9-]{1,20}", description="Name of this runner on its machine.")
    places: int = Field(32, ge=1, description="Runs that this runner executes at once.")
    widget_places: int = Field(WIDGET_CONCURRENCY, ge=1, description="Runs of one widget at once.")
    widget_queue: int = Field(WIDGET_QUEUE, ge=0, description="Runs of one widget that may wait for a place.")
    kept: int = Field(KEPT, ge=0, description="Kept children that this runner has at once; 0 keeps none.")
    kept_per_account: int = Field(KEPT_PER_ACCOUNT, ge=0, description="Of these, those of one account.")
    kept_idle_s: float = Field(KEPT_IDLE_S, gt=0, description="Seconds after which a kept child without calls ends.")
    backlog: int = Field(512, ge=1, description="Runs that may wait in this runner; more stay in Redis for others.")
    pool: int = Field(2, ge=0, description="Unassigned sandboxes kept ready.")
    sandboxes: int = Field(100, ge=1, description="Sandboxes that may exist at once.")
    run_memory_mb: int = Field(512, ge=32, description="MB of memory of one widget's sandbox.")
    run_cpus: float = Field(0.0, ge=0, description="CPUs that one widget's sandbox may use at once; 0 for all, shared.")
    script_timeout_s: float = Field(SCRIPT_TIMEOUT_S, gt=0, description="The most seconds that any run may take.")
    call_timeout_s: float = Field(30.0, gt=0, description="Seconds that a service of the site may take to answer.")
    payload_max_mb: float = Field(4.0, gt=0, description="The most MB of a result that is not Media.")
    media_max_mb: float = Field(MEDIA_MAX_MB, gt=0, description="The most MB of Media of one call or answer.")
    media_room_mb: float = Field(MEDIA_ROOM_MB, gt=0, description="MB of Media on their way that one process keeps.")
    spool: Path | None = Field(None, description="Folder for Media on their way; empty for that of the sockets.")
    response_max_mb: float = Field(128.0, gt=0, description="The most MB of one HTTP response, Media included.")
    output_kept_kb: int = Field(1000, ge=1, description="kB of a run's output that are kept; ten times that stops it.")
    run_files: int = Field(20, ge=0, description="Files that a script wrote which can be downloaded from its run.")
    run_file_mb: float = Field(10.0, gt=0, description="The most MB of one such file, or of one picture shown.")
    run_files_mb: float = Field(25.0, gt=0, description="MB of all such files of a run, and of all pictures shown.")
    install_max_mb: float = Field(500.0, gt=0, description="MB that one install of packages may download.")
    install_timeout_s: float = Field(600.0, gt=0, description="Seconds that one install of packages may take.")
    install_unpacked_mb: int = Field(INSTALL_UNPACKED_MB, ge=1, description="MB that packages may have when unpacked.")
    installs: int = Field(2, ge=1, description="Installs of packages that this runner works on at once.")
    language_sessions: int = Field(8, ge=0, description="Open editors that get language tools at once; 0 for none.")
    language_per_account: int = Field(3, ge=1, description="Of these, those of one account.")
    language_memory_mb: int = Field(768, ge=128, description="MB of memory of one editor's language tools.")
    drain_s: float = Field(10.0, ge=0, description="Seconds that running runs get when the runner is stopped.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: Literal["text", "json"] = Field("text", description="Log lines for people, or JSON with run ids.")

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, values: Any) -> Any:
        given = dict(values)
        for name in _SECRETS:
            path = os.environ.get(f"{PREFIX}{name.upper()}_FILE")
            if path and name not in given:
                given[name] = Path(path).read_text().strip()
        for name in ("launcher", "rootfs", "environments", "ca_file", "guest", "spool"):
            if given.get(name) == "":
                given[name] = None
        return given

    def limits(self) -> Limits:
        """Return the bounds of runs; the time limit of each run comes with its request."""
        return Limits(
            timeout_s=self.script_timeout_s,
            output_kept_bytes=self.output_kept_kb * 1000,
            payload_bytes=int(self.payload_max_mb * _MB),
            response_bytes=int(self.response_max_mb * _MB),
            kept_files=self.run_files,
            kept_file_bytes=int(self.run_file_mb * 1_000_000),
            kept_files_bytes=int(self.run_files_mb * 1_000_000),
        )

    def caps(self) -> Caps:
        """Return how many runs there may be."""
        return Caps(self.places, self.widget_places, self.widget_queue, self.backlog)

    def install_bounds(self) -> Bounds:
        """Return the limits of installs."""
        return Bounds(self.install_max_mb, self.install_timeout_s, self.install_unpacked_mb)

    def language_caps(self) -> LanguageCaps:
        """Return how many editors get language tools, and how much those may use."""
        return LanguageCaps(self.language_sessions, self.language_per_account, self.language_memory_mb)

    def pool_policy(self) -> PoolPolicy:
        """Return how many sandboxes are kept."""
        return PoolPolicy(
            spare=self.pool,
            memory_mb=self.run_memory_mb,
            total=self.sandboxes,
            cpus=self.run_cpus,
            keep_idle_s=self.kept_idle_s,
        )

    def engine_settings(self) -> EngineSettings:
        """Return what engines are told."""
        return EngineSettings(
            engine=self.engine,
            runtime=self.runtime,
            owner=self.owner,
            rootfs=self.rootfs,
            image=self.image,
            docker_url=self.docker_url,
            environments=self.environments,
            cgroup=self.cgroup,
            launcher=self.launcher,
            sandbox_uid=self.sandbox_uid,
            ca_file=self.ca_file,
            checkout=self.guest,
        )
