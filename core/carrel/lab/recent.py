"""Which runs of the lab there are: `carrel lab run` notes its folder, the window lists them.

Only the folders' names stand in the profile; what a run holds lies where its user wanted it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from carrel.lab.saved import Run, last_answers

NAME = "lab_runs.json"
MOST = 100  # folders that are kept in mind


def known(data: Path) -> list[str]:
    """The folders of runs, the last one first; `data` is the profile's data folder."""
    try:
        found = json.loads((data / NAME).read_bytes())
    except FileNotFoundError:
        return []
    except ValueError:
        return []  # half written by a full disk: the runs themselves are whole, and can be opened
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def remember(data: Path, folder: Path) -> None:
    """Put a folder first."""
    here = os.path.abspath(folder)
    _write(data, [here, *(one for one in known(data) if one != here)][:MOST])


def leave_out(data: Path, folder: str) -> None:
    """Take a folder off the list; its files stay."""
    _write(data, [one for one in known(data) if one != folder])


def _write(data: Path, folders: list[str]) -> None:
    part = data / f"{NAME}.part"
    part.write_text(json.dumps(folders), encoding="utf-8")
    os.replace(part, data / NAME)


def finished(run: Run) -> bool:
    """Whether every question has an answer in every way."""
    answered = last_answers(run.lines)
    return len(answered) == len(run.questions) * len(run.made.ways)
