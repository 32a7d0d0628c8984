"""Fills carrel-gpu: llama.cpp built for Vulkan, in a folder that Carrel takes instead of its own.

    python packaging/package/additions.py gpu            after `make package`

The headers of Debian 12 and Ubuntu 22.04 are too old for llama.cpp, so those of Debian 13, pinned
in vulkan.lock, are unpacked beside; the loader that it is linked with is the system's own.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import engines
import gpu
import interpreter
import libraries
import places
import trim
from console import ROOT, SetupError, run

CARD = "vulkan"
LOCK = ROOT / "packaging" / "vulkan.lock"
SDK = places.BUILD / "vulkan-sdk"
APT = places.BUILD / "apt"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def headers() -> Path:
    """The folder for VULKAN_SDK with the pinned headers, unpacked unless it is there."""
    (deb,) = interpreter.read_lock(LOCK.read_text(encoding="utf-8"))
    mark = SDK / "version"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != deb.version:
        shutil.rmtree(SDK, ignore_errors=True)
        SDK.mkdir(parents=True)
        file = interpreter.fetch(deb, "packaging/vulkan.lock", debian_13())
        run(f"{deb.name}, unpacked", ["dpkg-deb", "-x", str(file), str(SDK / "all")])
        (SDK / "all" / "usr" / "include").rename(SDK / "include")
        shutil.rmtree(SDK / "all")
        mark.write_text(deb.version, encoding="utf-8")
    return SDK


def mirror(targets: str) -> str:
    """Where Debian's packages come from, by what `apt-get indextargets` printed for this system.
    Raises SetupError where that has none, as on Ubuntu, and CARREL_DEBIAN_MIRROR is not set."""
    if named := os.environ.get("CARREL_DEBIAN_MIRROR"):
        return named
    for line in targets.splitlines():
        origin, _, site = line.partition(" ")
        if origin == "Debian" and "security" not in site:
            return site
    raise SetupError(
        "This system's apt knows no mirror of Debian, whose Vulkan headers are taken.",
        "Set CARREL_DEBIAN_MIRROR to the address of one, and install debian-archive-keyring.",
    )


def debian_13() -> list[str]:
    """Options that make apt-get look into Debian 13 alone and leave the system's lists as they
    are."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (APT / name).mkdir(parents=True, exist_ok=True)
    asked = ["apt-get", "indextargets", "--format", "$(ORIGIN) $(SITE)"]
    site = mirror(run("Debian's mirror, looked up", asked))
    sources = APT / "sources.list"
    sources.write_text(f"deb [signed-by={KEYRING}] {site} trixie main\n", encoding="utf-8")
    options = [
        f"Dir::Etc::sourcelist={sources}", "Dir::Etc::sourceparts=-", f"Dir::State={APT}/state",
        f"Dir::State::status={APT}/state/status", f"Dir::Cache={APT}/cache",
        "APT::Sandbox::User=root",
    ]  # fmt: skip
    (APT / "state" / "status").touch()
    chosen = [word for one in options for word in ("-o", one)]
    run("Debian 13, its lists", ["apt-get", *chosen, "update"])
    return chosen


def fill() -> None:
    """Fill the package's folder, from the kept wheel or after compiling it (many minutes)."""
    shutil.rmtree(places.stage(places.GPU), ignore_errors=True)
    os.environ["VULKAN_SDK"] = str(headers())
    gpu.require_tools(CARD, os.environ)
    site = places.stage(places.GPU) / places.GPU_ENGINE
    libraries.unpack_engine(engines.finished(CARD), site)
    trim.trim(site, places.GPU)
