"""Engine builds for graphics cards: their flags, and what a machine needs to compile them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from console import SetupError

# On a Mac llama.cpp builds for Metal without being asked.
FLAGS: dict[str, tuple[str, ...]] = {
    "": (),
    "vulkan": ("-DGGML_VULKAN=ON",),
    "cuda": ("-DGGML_CUDA=ON",),
}
_COMPILERS = {
    "vulkan": ("glslc", "apt-get install glslc libvulkan-dev spirv-headers"),
    "cuda": ("nvcc", "install NVIDIA's CUDA toolkit and put its bin folder on PATH"),
}
# llama.cpp (of 2026-10) does not compile with Vulkan headers from before this extension; Debian 12
# has 1.3.239, Debian 13 has 1.4.309.
_NEEDED_EXTENSION = "VK_EXT_layer_settings"


def chosen(environment: Mapping[str, str]) -> str:
    """The kind of graphics card that CARREL_GPU names, "" for none. Raises SetupError."""
    name = environment.get("CARREL_GPU", "").strip().lower()
    if name not in FLAGS:
        known = " or ".join(filter(None, FLAGS))
        raise SetupError(
            f"CARREL_GPU={name} is not a kind of build.", f"Set it to {known}, or not at all."
        )
    return name


def require_tools(gpu: str, environment: Mapping[str, str]) -> None:
    """Raise SetupError before a long build that would fail for a missing tool."""
    if not gpu:
        return
    program, what_to_do = _COMPILERS[gpu]
    if not shutil.which(program, path=environment.get("PATH")):
        raise SetupError(f"The {gpu} build needs {program}.", f"On Debian: {what_to_do}.")
    if gpu == "vulkan":
        _require_headers(environment)


def _require_headers(environment: Mapping[str, str]) -> None:
    own = environment.get("VULKAN_SDK")
    folders = [Path(own) / "include"] if own else [Path("/usr/include"), Path("/usr/local/include")]
    for folder in folders:
        header = folder / "vulkan" / "vulkan_core.h"
        if header.is_file() and _NEEDED_EXTENSION in header.read_text(encoding="utf-8"):
            return
    raise SetupError(
        f"The Vulkan headers in {os.pathsep.join(map(str, folders))} are missing or too old"
        f" ({_NEEDED_EXTENSION} is needed).",
        "Unpack newer ones (Vulkan-Headers 1.4, or libvulkan-dev of Debian 13) and set VULKAN_SDK"
        " to the folder that holds their include folder.",
    )
