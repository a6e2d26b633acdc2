"""The Debian that the image stands on, made in a folder by debootstrap."""

import os
import re
import shutil
import subprocess
from pathlib import Path

DEFAULT_MIRROR = "http://deb.debian.org/debian"


class BuildError(Exception):
    """The image could not be built; the text says what to do about it."""


def run(command: list[str], what: str, **more: str) -> str:
    """Run a program; BuildError with the end of what it said when it fails."""
    done = subprocess.run(  # noqa: S603  # our own argument lists
        command, capture_output=True, text=True, check=False, env={**os.environ, **more}
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-20:]
        raise BuildError(f"{what} failed (exit code {done.returncode}):\n  " + "\n  ".join(said))
    return done.stdout


def make_base(folder: Path, suite: str, packages: list[str], trim: list[str]) -> None:
    """Make a trimmed Debian in ``folder``; nothing is left there when it fails."""
    if os.geteuid() != 0:
        raise BuildError("debootstrap needs root: run `sudo ops/up` once, or start a Docker engine.")
    if not shutil.which("debootstrap"):
        raise BuildError("debootstrap is missing: apt-get install debootstrap")
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        include = ",".join(packages)
        command = ["debootstrap", "--variant=minbase", f"--include={include}", suite, str(new), mirror(suite)]
        run(command, "debootstrap", **proxies())
        for path in trim:
            shutil.rmtree(new / path, ignore_errors=True)
        (new / "var/log").mkdir(exist_ok=True)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def mirror(suite: str) -> str:
    """Return the Debian mirror that this machine's apt uses for ``suite``, or Debian's own."""
    sources = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for source in sources:
        text = source.read_text(errors="replace") if source.is_file() else ""
        for stanza in text.split("\n\n"):
            fields: dict[str, str] = dict(re.findall(r"^(URIs|Suites|Components):\s*(.+)$", stanza, re.MULTILINE))
            if suite in fields.get("Suites", "").split() and "main" in fields.get("Components", ""):
                return fields["URIs"].split()[0]
        if line := re.search(rf"^deb\s+(?:\[.*?\]\s+)?(\S+)\s+{suite}\s+.*\bmain\b", text, re.MULTILINE):
            return str(line[1])
    return DEFAULT_MIRROR


def proxies() -> dict[str, str]:
    """Return apt's proxies as the variables that debootstrap reads."""
    if not shutil.which("apt-config"):
        return {}
    told = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout  # noqa: S607
    found = dict(re.findall(r'^Acquire::(https?)::Proxy "(.+)";$', told, re.MULTILINE))
    return {f"{scheme}_proxy": address for scheme, address in found.items()}
