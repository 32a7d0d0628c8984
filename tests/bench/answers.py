"""Seconds from Enter to the first verbatim sentence and to the first word, first and second turn.

The library is the sample folder, the model the starter. The process is warm (model loaded), each
conversation is new and each question another, so that no prompt is answered from the KV cache of
an earlier run. These rows have no rival: they are what a user waits for.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.bench.common import Row

from carrel.compose import Core
from carrel.desk.requests import Ask
from carrel.events import Answered, Quoted
from carrel.profile import Profile
from carrel.terminal.demo import QUESTION, copy_samples

QUESTIONS = (
    ("How much is the rent?", "When is the rent due?"),
    ("What does the fire insurance cover?", "How is a loss reported to the insurer?"),
    ("How is a desk finished with hard wax oil?", "How long must the oil dry?"),
    ("What may a night in a hotel cost?", "Which class is booked on trains?"),
    ("When is timber delivered?", "What happens when timber comes late?"),
    ("What is to be done when the fire alarm rings?", "Where do people meet after a fire?"),
    ("Which fault does the boiler show?", "How often is the boiler serviced?"),
)


def rows() -> list[Row]:
    """Four rows of medians in milliseconds."""
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name, Core(Profile.at(Path(name))) as core:
        core.library.add([str(copy_samples(Path(name) / "Samples"))], "Samples")
        _ask(core, QUESTION, 0, {})
        for question, follow_up in QUESTIONS:
            first: dict[str, float] = {}
            conversation = _ask(core, question, 0, first)
            second: dict[str, float] = {}
            _ask(core, follow_up, conversation, second)
            for turn, found in (("first", first), ("second", second)):
                for what, value in found.items():
                    times.setdefault(f"{what}, {turn} turn", []).append(value)
    return [
        {"name": name, "unit": "ms", "ours": round(statistics.median(values), 1), "rival": None,
         "rival_name": "", "ratio": None, "n": len(values), "goal": ""}
        for name, values in sorted(times.items())
    ]  # fmt: skip


def _ask(core: Core, question: str, conversation: int, found: dict[str, float]) -> int:
    for event in core.assistant.ask(
        Ask(question=question, mode="files", conversation_id=conversation, generated="always")
    ):
        if isinstance(event, Quoted):
            found["Enter to first verbatim sentence"] = event.milliseconds
        if isinstance(event, Answered):
            first = event.result.timings.first_token_ms
            if first is not None:
                found["Enter to first word"] = first
            turn = core.library.database.value(
                "SELECT conversation_id FROM turns WHERE id=?", (event.turn_id,)
            )
    return int(turn)
