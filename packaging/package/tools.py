"""What of the system `make package` needs besides what the set-up needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import embedder
from console import SetupError, run

# Each program with the Debian package that has it.
PROGRAMS = {
    "dpkg-shlibdeps": "dpkg-dev",
    "objdump": "binutils",
    "zstd": "zstd",
    "desktop-file-validate": "desktop-file-utils",
    "appstreamcli": "appstream",
    "xmllint": "libxml2-utils",
}
# dpkg-shlibdeps asks the packages of the libraries themselves; a server often lacks this one.
LIBRARIES = ("libwayland-cursor0",)


def missing() -> list[str]:
    """The packages that are not here."""
    absent = {package for name, package in PROGRAMS.items() if not shutil.which(name)}
    return sorted(absent | {package for package in LIBRARIES if not installed(package)})


def installed(package: str) -> bool:
    """Whether the system has a package."""
    command = ["dpkg-query", "-W", "-f=${db:Status-Status}", package]
    return subprocess.run(command, capture_output=True, text=True).stdout == "installed"


def require() -> None:
    """Install what is missing, as root, or raise SetupError with the line to type."""
    if not Path("/etc/debian_version").is_file() or not shutil.which("dpkg-deb"):
        raise SetupError(
            "Packages are made on Debian 12 or newer, or Ubuntu 22.04 or newer.",
            "Use such a machine or container.",
        )
    if packages := missing():
        if os.geteuid() != 0:
            raise SetupError(
                f"These packages are missing: {' '.join(packages)}.",
                f"Type: sudo apt-get install {' '.join(packages)}",
            )
        env = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
        options = ["apt-get", "install", "-y", "--no-install-recommends"]
        run("System packages", [*options, *packages], env)
    if not embedder.done():
        raise SetupError("The starter embedder is not exported.", "Type: make setup")
