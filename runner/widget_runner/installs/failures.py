"""Why an install failed, in words for the widget's owner: from what we measured first, from what uv said else."""

import re
from dataclasses import dataclass

_NO_WHEELS = re.compile(
    r"no usable wheels|building (from source|source distributions) is disabled|no wheels with a matching"
)
_UNKNOWN = re.compile(r"Because ([\w.-]+) was not found in the package registry")
_NO_VERSION = re.compile(r"there is no version of ([\w.-]+)([^\s,]*)")
_NO_VERSIONS = re.compile(r"only (?:the following versions of )?([\w.-]+)[^.]{0,400}? (?:is|are) available")
_PYTHON = re.compile(r"(?:requested Python version|current Python version) \(([^)]+)\) does not satisfy")
_UNSATISFIABLE = re.compile(r"requirements are unsatisfiable|No solution found")
_COMPILER = re.compile(
    r"command '[^']*(?:gcc|cc|g\+\+|clang|rustc|cargo|cmake|gfortran)[^']*' failed|Unknown compiler|CMAKE_C_COMPILER"
    r"|unable to execute '[^']*(?:gcc|cc)|Rust (?:compiler|toolchain)|can't find Rust|Microsoft Visual C"
    r"|No such file or directory: '[^']*(?:gcc|cc|g\+\+|cargo|cmake)'"
)
_BUILT = re.compile(r"Failed to (?:build|download and build) `?([\w.-]+)")
_NETWORK = re.compile(
    r"tunnel error|error sending request|Failed to fetch|connection (?:refused|reset|closed)|dns error", re.I
)
_CUT_OFF = re.compile(
    r"error decoding response body|end of file before message length|failed during extraction|Failed to read from zip"
)


@dataclass(eq=False)
class Failure(Exception):  # noqa: N818 - a value that is raised
    """Why it failed."""

    reason: str
    message: str


@dataclass(frozen=True)
class Bounds:
    """The limits that messages name."""

    max_mb: float
    timeout_s: float
    unpacked_mb: int

    @property
    def limit(self) -> Failure:
        """The download limit was reached."""
        return Failure(
            "limit",
            f"The packages are larger than the download limit of {self.max_mb:g} MB, so the install was stopped. "
            "Whoever runs this site can raise it (WIDGETRY_INSTALL_MAX_MB).",
        )

    @property
    def time(self) -> Failure:
        """The time was over."""
        shown = f"{self.timeout_s / 60:g} minutes" if self.timeout_s >= 120 else f"{self.timeout_s:g} s"
        return Failure(
            "time",
            f"The install took longer than {shown} and was stopped. Whoever runs this site can allow more "
            "(WIDGETRY_INSTALL_TIMEOUT_S).",
        )

    @property
    def unpacked(self) -> Failure:
        """What was unpacked did not fit."""
        return Failure(
            "unpacked",
            f"The packages take more than {self.unpacked_mb} MB when unpacked. Whoever runs this site can allow more "
            "(WIDGETRY_INSTALL_UNPACKED_MB).",
        )


def needs_build(log: str) -> bool:
    """Whether uv refused only because a package has to be built."""
    return _NO_WHEELS.search(_flat(log)) is not None


def explain(log: str, bounds: Bounds, python: str = "3.10") -> Failure:
    """Return why uv failed, from its log."""
    text = _flat(log)
    if "No space left on device" in text or "os error 28" in text:
        return bounds.unpacked
    # Before what the resolver says: it takes half a package for one that it can't use.
    if _CUT_OFF.search(text):
        return Failure("index", "What the package index sent was cut off or damaged. Try again.")
    if found := _UNKNOWN.search(text):
        return Failure("version", f"There is no package {found[1]} on the index. Check its name.")
    if found := _NO_VERSION.search(text):
        return Failure("version", f"There is no version {found[1]}{found[2]}. {_reasoning(log)}".strip())
    if _PYTHON.search(text):
        return Failure("version", f"No version fits Python {python}, which runs server code. {_reasoning(log)}".strip())
    if _UNSATISFIABLE.search(text):
        reason = "version" if _NO_VERSIONS.search(text) and "depends on" not in text else "conflict"
        begin = "The packages' demands contradict each other." if reason == "conflict" else "There is no such version."
        return Failure(reason, f"{begin} {_reasoning(log)}".strip())
    if found := _BUILT.search(text):
        if _COMPILER.search(text):
            return Failure(
                "compiler",
                f"{found[1]} has no wheel for Python {python}, and to build it takes a compiler, which there is none "
                "of here. Another version, or another package, may have a wheel.",
            )
        return Failure(
            "build", f"{found[1]} has no wheel for Python {python}, and building it failed; the log says why."
        )
    if _NETWORK.search(text):
        return Failure(
            "index",
            "The package index could not be reached, or sent us to a host that installs may not reach. Try again.",
        )
    return Failure("internal", "The install failed; the log says why.")


def _flat(log: str) -> str:
    """Undo uv's line breaks and the marks before them."""
    return re.sub(r"[\s\u2502\u2570\u2500\u25b6\u00d7]+", " ", log)


def _reasoning(log: str) -> str:
    """Return what the resolver said, without its drawing."""
    text = _flat(log)
    start = text.rfind("Because ")
    return text[start:].split(" hint: ")[0].strip()[:1500] if start >= 0 else ""
