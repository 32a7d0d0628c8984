"""`carrel privacy` and `carrel doctor`: what this program can and cannot do on this machine."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

from carrel import __version__
from carrel.desk import privacy as proof
from carrel.desk.requests import PrivacyReport, ProbeRow
from carrel.errors import UserError
from carrel.library.embedders import find_export
from carrel.process import confine
from carrel.process.machine import processor
from carrel.process.probing import ProbeResult
from carrel.profile import shared_embedders
from carrel.terminal.hardware import device_lines, devices_of, graphics_of, plan_for, plan_lines
from carrel.terminal.output import Output
from carrel_models.machine import available_memory
from carrel_models.starter import starter_path
from carrel_models.starter_adapter import state_of_reader

if TYPE_CHECKING:
    from carrel.compose import Core

_PACKAGES = (
    "llama-cpp-python", "lancedb", "onnxruntime", "tokenizers", "sentence-transformers", "torch",
    "PySide6-Essentials", "sqlcipher3", "pypdfium2", "pypdf", "numpy",
)  # fmt: skip


def privacy(
    core: Core, arguments: argparse.Namespace, output: Output, window: ProbeResult | None
) -> int:
    """Let every process try to reach the network now, and show what the kernel answered."""
    report = proof.report(core.profile, core.workers(), core.recognizer)
    if window is not None:
        rows = [
            ProbeRow(
                process="window", attempt=a.attempt, allowed=a.allowed and a.must_refuse,
                outcome=a.outcome if a.must_refuse else f"{a.outcome} (the display needs it)",
            )
            for a in window.rows
        ]  # fmt: skip
        report = proof.summarize(core.profile, [*rows, *report.rows])
    if output.json:
        output.document(report)
    else:
        _show_privacy(report, output)
    return 0 if report.confined else 1


def _show_privacy(report: PrivacyReport, output: Output) -> None:
    output.styled(f"[bold]{report.sentence}[/bold]  ({report.platform})")
    process = ""
    for row in report.rows:
        if row.process != process:
            process = row.process
            output.line(f"\n{process}")
        mark = "[red]LEAK[/red]" if row.allowed else "[green]ok[/green]  "
        output.styled(f"   {mark} {row.attempt}: {row.outcome}")
    output.line(f"\nYour data: {report.data_folder} ({report.data_bytes / 1e6:,.1f} MB)")


def doctor(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Show versions, processor, memory, models, storage and the state of the index."""
    facts = _facts(core)
    if output.json:
        output.document(facts)
        return 0
    for name, value in facts.items():
        lines = _lines(name, value)
        if lines is None:
            output.line(f"{name}: {value}")
            continue
        output.line(f"{name}:")
        for line in lines:
            output.line(f"   {line}")
    return 0


def _lines(name: str, value: Any) -> list[str] | None:
    """What takes several lines; None for what takes one."""
    if name == "engine":
        return device_lines(value)
    if name == "memory":
        return plan_lines(value)
    return [f"{key}: {one}" for key, one in value.items()] if isinstance(value, dict) else None


def _facts(core: Core) -> dict[str, Any]:
    words, meaning, documents = core.library.catalogue.counts()
    memory = available_memory()
    return {
        "carrel": __version__,
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_free_bytes": memory,
        "engine": devices_of(core),
        "graphics_cards": graphics_of(core),
        "network_filter": confine.confined() or "not in force on this system",
        "packages": {name: _version(name) for name in _PACKAGES},
        "calibration": {"milliseconds_for_10_million_additions": _calibration()},
        "starter_model": str(starter_path() or "not installed"),
        "starter_adapter": state_of_reader(),
        "text_recognition": shutil.which("tesseract") or "tesseract is not installed",
        "embedder": str(find_export([shared_embedders(), core.profile.embedders]) or "not ready"),
        **_model(core),
        "storage": {
            "folder": str(core.profile.data),
            "bytes": core.profile.bytes_used(),
            "encrypted": core.library.database.encrypted,
            "documents": documents,
            "passages_by_words": words,
            "passages_by_meaning": meaning,
        },
    }


def _model(core: Core) -> dict[str, Any]:
    """The model that would answer, how many tokens it reads and writes a second, and what it
    takes."""
    try:
        card = core.model.card()
    except UserError as error:
        return {"model": str(error)}
    rate = core.model.known_rate(card)
    return {
        "model": card.id,
        "rates": "measured when it is first loaded" if rate is None else rate._asdict(),
        "memory": plan_for(core, card.path),
    }


def _calibration() -> float:
    """A fixed piece of work, so that times from two machines or two hours can be compared."""
    start = time.perf_counter()
    total = 0
    for i in range(10_000_000):
        total += i
    return round((time.perf_counter() - start) * 1000, 1)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
