"""One tuning from examples to a GGUF adapter: tokens, training, export; a kill loses two minutes.

The engine turns examples into the token ids that it would send, and carrel_models.tuning trains on
ids alone: it knows nothing of prompts and tokenizers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from carrel.engine.teaching import teacher
from carrel.errors import UserError
from carrel.lab.tuning.examples import Example
from carrel_models.gguf import BadGguf
from carrel_models.peft import BadPeft, convert
from carrel_models.tuning.bundles import TokenSample

if TYPE_CHECKING:
    from carrel_models.tuning.plans import Plan
    from carrel_models.tuning.training import Report

LONGEST = 4096
"""Tokens of an example; a longer one is left out."""


class Job(NamedTuple):
    """Which base, what for, how, and where to. `name` is written into the adapter. `start` is
    an adapter to begin with."""

    base: Path
    out: Path
    name: str
    base_name: str
    start: Path | None = None

    @property
    def checkpoint(self) -> Path:
        """Where an unfinished run is kept, beside its result."""
        return self.out.with_name(self.out.name + ".checkpoint")


def require_libraries() -> None:
    """Raises UserError when what training needs is not installed."""
    import importlib.util

    missing = [n for n in ("torch", "transformers") if not importlib.util.find_spec(n)]
    if missing:
        raise UserError(
            f"Training needs {', '.join(missing)}, which Carrel does not bring by itself.",
            "Install it with: pip install 'carrel[tuning]'", "no_tuning",
        )  # fmt: skip


def tokenized(base: Path, examples: Sequence[Example]) -> list[TokenSample]:
    """The examples as token ids, without those that are too long.

    Raises UserError: the base is no chat model, or every example is too long.
    """
    with teacher(str(base)) as one:
        samples = [TokenSample(*one.taught(e.messages, e.answer)) for e in examples]
    kept = [s for s in samples if len(s.prompt) + len(s.answer) <= LONGEST]
    if not kept:
        raise UserError(
            f"Every example has more than {LONGEST} tokens.", "Shorten the passages.", "too_long"
        )
    return kept


def train(job: Job, samples: Sequence[TokenSample], plan: Plan) -> Generator[Report, None, None]:
    """Train, with a Report after every step, and write the adapter at the end.

    Goes on from the job's checkpoint where there is one. Raises UserError: the base cannot be
    trained, or the checkpoint is of another run.
    """
    from carrel_models.tuning.base import CannotTrain, load_base
    from carrel_models.tuning.training import Run, WrongCheckpoint

    try:
        begin = None
        if job.start is not None:
            from carrel_models.tuning.starting import start_from

            begin = partial(start_from, job.start, job.base)
        run = Run(load_base(job.base), samples, plan, job.checkpoint, begin)
    except (CannotTrain, BadGguf) as error:
        raise UserError(str(error), "Choose another base model.", "cannot_train") from error
    except WrongCheckpoint as error:
        raise UserError(
            str(error), f"Give what that run was given, or delete {job.checkpoint}.", "wrong_run"
        ) from error
    yield from run.steps()
    with tempfile.TemporaryDirectory() as scratch:
        run.save(Path(scratch), job.base_name)
        part = job.out.with_name(job.out.name + ".part")
        part.unlink(missing_ok=True)
        try:
            convert(Path(scratch), job.base, part, job.name)
        except BadPeft as error:
            raise UserError(str(error), "Choose another base model.", "cannot_train") from error
        part.replace(job.out)
