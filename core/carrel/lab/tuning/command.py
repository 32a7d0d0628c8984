"""The command `carrel-tune`: from a base, a file of examples and a plan to an adapter and figures.

Like every process of Carrel it gives up the network before anything else is imported.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carrel.worker import prepare

if TYPE_CHECKING:
    from carrel.lab.tuning.evaluating import Figures
    from carrel.lab.tuning.labelling import LabelFigures
    from carrel.lab.tuning.running import Job
    from carrel.terminal.output import Output

_SHORT = 320  # tokens of a bundle of short samples: each sees few of them, so larger ones cost more
_EVERY = 10.0  # seconds between progress lines


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status (0, 1 for a user error, 130 when stopped)."""
    asked = _parser().parse_args(argv)
    prepare()
    from carrel.errors import Cancelled, UserError, disk_full
    from carrel.terminal.asking import stopping
    from carrel.terminal.output import Output

    output, cancel = Output(asked.json), threading.Event()
    try:
        with stopping(cancel):
            _tune(asked, output, cancel)
        return 0
    except UserError as error:
        output.error(error)
    except Cancelled:
        output.note("Stopped. What was trained is kept; the same command with --resume goes on.")
        return 130
    except OSError as error:
        if (full := disk_full(error)) is None:
            raise
        output.error(full)
    return 1


def _tune(asked: argparse.Namespace, output: Output, cancel: threading.Event) -> None:
    from carrel.lab.tuning.data import Asked, measured, read_data
    from carrel.lab.tuning.running import require_libraries, tokenized

    job = _job(asked)
    require_libraries()
    what = Asked(asked.data, asked.column, asked.label, asked.instruction, asked.held_out,
                 asked.seed)  # fmt: skip
    data = read_data(job.base, what)
    samples = tokenized(job.base, data.training)
    left_out = len(data.training) - len(samples)
    output.note(
        f"{len(samples)} examples to train on, {len(data.held)} held out"
        + (f", {left_out} too long." if left_out else ".")
    )
    result = _trained(asked, job, samples, bool(data.labels), output, cancel)
    figures: dict[str, Figures | LabelFigures] = {}
    if data.held:
        output.note(f"Asking {len(data.held)} held-out examples, without the adapter and with it.")
        figures = dict(measured(job.base, job.out, data, cancel))
    job.checkpoint.unlink(missing_ok=True)
    _show(job, result, figures, output)


def _job(asked: argparse.Namespace) -> Job:
    """Raises UserError when a file is missing or in the way."""
    from carrel.errors import UserError
    from carrel.lab.tuning.running import Job
    from carrel_models.starter import starter_path

    base = Path(asked.base) if asked.base else starter_path()
    if base is None or not base.is_file():
        raise UserError(f"There is no base model at {base or 'hand'}.", "Name one with --base.")
    out = Path(asked.out)
    if out.suffix != ".gguf" or not out.parent.is_dir():
        raise UserError(
            f"{out} cannot be written: it is to be a .gguf in a folder that exists.",
            "Choose another --out.",
        )
    start = Path(asked.start) if asked.start else None
    if start is not None and not start.is_file():
        raise UserError(f"There is no adapter at {start}.", "Name another with --start.")
    job = Job(base, out, out.stem, base.stem, start)
    if out.exists() and not (asked.resume and job.checkpoint.exists()):
        raise UserError(f"{out} exists already.", "Choose another --out, or take it away.")
    if job.checkpoint.exists() and not asked.resume:
        raise UserError(
            f"An unfinished run lies at {job.checkpoint}.", "Go on with --resume, or delete it."
        )
    if asked.resume and not job.checkpoint.exists():
        raise UserError(f"There is no unfinished run of {out}.", "Leave out --resume.")
    return job


def _trained(
    asked: argparse.Namespace,
    job: Job,
    samples: Any,
    short: bool,
    output: Output,
    cancel: threading.Event,
) -> dict[str, float]:
    """Train with a line of progress every ten seconds; the last numbers. Raises Cancelled."""
    from carrel.errors import Cancelled
    from carrel.lab.tuning.running import train
    from carrel_models.tuning.plans import Plan, Shape

    plan = Plan(
        steps=asked.steps, minutes=asked.minutes, epochs=asked.epochs, rate=asked.rate,
        lowest=asked.lowest, shape=Shape(asked.rank, 2.0 * asked.rank), seed=asked.seed,
        bfloat16=asked.bfloat16, tokens=_SHORT if short else Plan().tokens,
    )  # fmt: skip
    told, last = -_EVERY, {"step": 0.0, "loss": 0.0, "seconds": 0.0}
    steps = train(job, samples, plan)
    for report in steps:
        if report.spent - told >= _EVERY:
            told = report.spent
            output.note(
                f"step {report.step} of {report.steps}, loss {report.loss:.3f}, "
                f"{report.left / 60:.0f} minutes left"
            )
        last = {"step": report.step, "loss": report.loss, "seconds": report.spent}
        if cancel.is_set():
            steps.close()
            raise Cancelled
    return last


def _show(
    job: Job,
    result: dict[str, float],
    figures: dict[str, Figures | LabelFigures],
    output: Output,
) -> None:
    size = job.out.stat().st_size
    if output.json:
        output.document({"adapter": str(job.out), "size": size, **result, "held_out": figures})
        return
    output.line(
        f"{job.out}: {size / 1e6:.1f} MB after {result['step']:.0f} steps "
        f"({result['seconds'] / 60:.1f} minutes), loss {result['loss']:.3f}"
    )
    for who, one in figures.items():
        output.line(f"{who:8} {one.words()}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="carrel-tune", description="Train a LoRA adapter for a GGUF, on this computer."
    )
    parser.add_argument("--base", default="", help="the GGUF to train for (default: the starter)")
    parser.add_argument(
        "--data", required=True, help="CSV (question, answer[, passage]; or text, label) or JSONL"
    )
    parser.add_argument("--column", default="", help="of a CSV to label by: its column of texts")
    parser.add_argument("--label", default="", help="of a CSV to label by: its column of labels")
    parser.add_argument("--instruction", default="", help="as for carrel task run, for labels")
    parser.add_argument("--out", required=True, help="the adapter to write, a .gguf")
    parser.add_argument("--start", default="", help="an adapter to begin with, of this --rank")
    parser.add_argument("--steps", type=_count, default=0, help="steps (default: all examples)")
    parser.add_argument("--minutes", type=_amount, default=0.0, help="train at most so long")
    parser.add_argument("--epochs", type=_count, default=1, help="how often to read the examples")
    parser.add_argument("--resume", action="store_true", help="go on with an unfinished run")
    parser.add_argument("--rank", type=_count, default=16, help="rank of every change")
    parser.add_argument("--rate", type=_amount, default=1e-3, help="highest learning rate")
    parser.add_argument("--lowest", type=int, default=0, help="lowest layer that is trained")
    parser.add_argument(
        "--bfloat16", action="store_true", help="compute the base in 16 bits: faster with AMX"
    )
    parser.add_argument("--held-out", type=float, default=0.1, help="share kept for evaluation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    return parser


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _amount(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError("must be over 0")
    return value


if __name__ == "__main__":
    sys.exit(main())
