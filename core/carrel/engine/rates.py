"""What was measured of a model on this machine, kept so that it is measured at first load only.

rates = Rates(profile.rates)
rates.get(card.id, card.sha256, machine(request))      # None: not measured yet
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

from carrel.engine.calibration import Rate
from carrel.engine.messages import LoadModel
from carrel.process.machine import processor, usable_cores

VERSION = 1


def machine(request: LoadModel, site: str = "") -> str:
    """What besides the model decides about its speed: processor, engine, and how it is loaded.

    `site` is the folder of another build of the engine (`Hardware.site`), "" for the usual one.
    """
    try:
        version = importlib.metadata.version("llama-cpp-python")
    except importlib.metadata.PackageNotFoundError:
        version = ""  # a frozen program may come without the package's metadata
    return "; ".join(
        (
            f"{processor()}, {usable_cores()} cores",
            f"llama-cpp-python {version} {site} {_build()}".strip(),
            f"engine {request.engine}, threads {request.threads}",
            f"device {request.device or 'chosen'}, layers {request.gpu_layers}",
        )
    )


def _build() -> str:
    """The name of the engine's build, where the set-up compiled it: flags and changes are in it."""
    try:
        return (Path(sys.prefix) / "share" / "carrel" / "engine.key").read_text(encoding="utf-8")
    except OSError:
        return ""  # the engine came some other way


class Rates:
    """One small TOML file per model in `folder`, made when something is first kept.

    With `read_only` nothing is written: another process of this profile does that.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self._folder = folder
        self._read_only = read_only

    def get(self, model: str, content: str, machine: str) -> Rate | None:
        """What was measured of this model with this content (its SHA-256, or what else names it)
        on this machine. A file that cannot be understood is set aside, never deleted."""
        found = self._read(model).get(_key(content, machine))
        if found is None:
            return None
        return Rate(found["prefill"], found["generation"], found.get("together", -1))

    def put(self, model: str, content: str, machine: str, rate: Rate) -> None:
        """Keep what was measured, beside what other machines measured. Does nothing where the
        profile cannot be written: then it is measured again next time."""
        if self._read_only:
            return
        import tomli_w

        entry = {"content": content, "machine": machine, **rate._asdict()}
        rows = {**self._read(model), _key(content, machine): entry}
        text = tomli_w.dumps({"carrel_rates": VERSION, "model": model, "rates": rows})
        try:
            self._write(self._file(model), text)
        except OSError:
            return  # a full or read-only disk: no reason not to answer

    def _read(self, model: str) -> dict[str, dict[str, Any]]:
        file = self._file(model)
        try:
            return _rows(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):  # of TOML and of UTF-8 too
            if not self._read_only:
                self._set_aside(file)
            return {}

    @staticmethod
    def _set_aside(file: Path) -> None:
        try:
            os.replace(file, file.with_suffix(".unreadable.toml"))
        except OSError:
            return  # it stays where it is, and is not understood the next time either

    @staticmethod
    def _write(file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}.part")
        part.write_text(text, encoding="utf-8")
        part.replace(file)

    def _file(self, model: str) -> Path:
        return self._folder / f"{_short(model)}.toml"


def _rows(text: str) -> dict[str, dict[str, Any]]:
    """The measurements in a file. Raises ValueError when it is none of ours."""
    found = tomllib.loads(text)
    rows = found.get("rates")
    if found.get("carrel_rates") != VERSION or not isinstance(rows, dict):
        raise ValueError("These are no rates.")
    for row in rows.values():
        if not isinstance(row, dict) or not _is_row(row):
            raise ValueError("A rate is wrong.")
    return rows


def _is_row(row: dict[str, Any]) -> bool:
    rates = _is_rate(row.get("prefill")) and _is_rate(row.get("generation"))
    return rates and type(row.get("together", -1)) is int  # older rows have none


def _is_rate(value: object) -> bool:
    return isinstance(value, float) and 0 <= value < 1e9


def _key(content: str, machine: str) -> str:
    return _short(f"{content}\0{machine}")


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
