"""`carrel verify-update FILE...`: whether downloaded files are those that were released."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from carrel import __version__
from carrel.releases import check, installed_key, older, read_key
from carrel.terminal.output import Output


def verify_update(arguments: argparse.Namespace, output: Output) -> int:
    """Check every file against the signed list; needs no profile. Raises UserError at the first
    that is not what was released."""
    key = read_key(Path(arguments.key) if arguments.key else installed_key())
    listed_in = Path(arguments.listed_in) if arguments.listed_in else None
    rows: list[dict[str, Any]] = []
    for name in arguments.files:
        entry, version = check(Path(name), key, listed_in)
        before = older(version, __version__)
        rows.append({"path": str(Path(name).absolute()), **entry._asdict(), "version": version,
                     "older": before})  # fmt: skip
        if not output.json:
            output.line(f"{entry.name}: as released with Carrel {version}, whole and unchanged.")
        if before:
            output.note(f"Carrel {version} is older than this one ({__version__}).")
    if output.json:
        output.document({"key": key.number, "files": rows})
    return 0
