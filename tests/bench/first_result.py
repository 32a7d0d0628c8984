"""Retrieval or fine-tuning: the 2 x 2 tables of both adapters, as Markdown.

    CARREL_EVAL_DATA=FOLDER python -m tests.bench.first_result [--out F.md] [--work DIR]
        [--rows 300] [--many 3080] [--reader A.gguf] [--labels-adapter A.gguf]

All is done by the commands that everybody has, in a profile of its own under --work (a new folder
that is taken away, unless one is named: then the same command goes on where it stopped):

knowledge   `carrel lab sample` and `carrel lab run`: questions about documents that were written
            for the project, the base and the starter adapter, each without files and with them
labels      `carrel task run` on rows of banking77's test part (FOLDER/banking77; CC BY 4.0): the
            base and an adapter that was tuned on its training part, each without examples and with
            the nearest ones of the training part, and the nearest examples alone
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.bench import first_knowledge, first_labels
from tests.bench.common import machine

from carrel_models.starter_adapter import starter_adapter

EXAMPLE = Path(__file__).resolve().parents[2] / "models" / "examples" / "banking77.gguf"


class Carrel:
    """The command line on a profile of its own, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._profile = folder / "profile"

    def __call__(self, *words: str) -> dict[str, Any]:
        """The JSON document of a command. Raises CalledProcessError, its reason on stderr."""
        command = [sys.executable, "-I", "-m", "carrel_desktop", "--profile", str(self._profile)]
        print("$ carrel", *words, file=sys.stderr, flush=True)
        done = subprocess.run([*command, *words, "--json"], check=True, stdout=subprocess.PIPE)
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def main() -> int:
    asked = _arguments()
    if "CARREL_EVAL_DATA" not in os.environ:
        sys.exit("Set CARREL_EVAL_DATA to the folder that holds banking77.")
    data = Path(os.environ["CARREL_EVAL_DATA"]) / "banking77"
    with ExitStack() as at_end:
        work = asked.work or at_end.enter_context(tempfile.TemporaryDirectory())
        carrel = Carrel(Path(work).absolute())
        carrel.folder.mkdir(parents=True, exist_ok=True)
        parts: list[Sequence[str]] = []
        if "knowledge" in asked.parts:
            parts.append(first_knowledge.tables(carrel, asked.reader))
        if "labels" in asked.parts:
            wanted = first_labels.Wanted(data, asked.labels_adapter, asked.rows, asked.many)
            parts.append(first_labels.tables(carrel, wanted))
    text = "\n".join([line for part in parts for line in part] + _made_on())
    print(text)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")
    return 0


def _made_on() -> list[str]:
    about = machine()
    packages = about["packages"]
    return [
        f"Made by `python -m tests.bench.first_result` on {about['cores']} cores of "
        f"{about['processor']}, llama-cpp-python {packages['llama-cpp-python']}."
    ]  # fmt: skip


def _arguments() -> argparse.Namespace:
    shipped = starter_adapter()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--work", help="a folder that is kept")
    parser.add_argument("--rows", type=int, default=300, help="test rows for all ways")
    parser.add_argument("--many", type=int, default=3080, help="test rows for the fast ways")
    parser.add_argument("--reader", default=shipped.card.path if shipped else "")
    parser.add_argument("--labels-adapter", type=Path, default=EXAMPLE)
    parser.add_argument("--parts", nargs="+", choices=("knowledge", "labels"),
                        default=["knowledge", "labels"])  # fmt: skip
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
