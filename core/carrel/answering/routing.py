"""Where an answer should come from, and, afterwards, where it did come from: decided by code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from carrel.answering.kinds import kind_of
from carrel.events import Citation, Evidence, Mode, Origin, Verdict

_WORLD: Mapping[str, Mode] = {"yes": "files", "doubtful": "both", "no": "model"}
"""How a question about the world is answered, by what the files hold of it."""


def route(
    question: str,
    mode: Mode,
    evidence: Evidence | None = None,
    has_history: bool = False,
    has_files: bool = True,
) -> Mode:
    """The mode that answers `question`: never "auto".

    A mode the user chose stands. In auto, small talk, tasks that bring their own material, writing
    tasks and, where there is a conversation (`has_history`), requests about the last answer
    ("shorter, please") go to the model. A question about the world goes there too, unless the
    evidence says that the files hold what was asked; where it is doubtful the model gets both.
    Everything else is answered from the files, unless there are none. Call it without `evidence`
    before searching: "model" then means that the search can be left out.
    """
    if mode != "auto":
        return mode
    if not has_files:
        return "model"
    kind = kind_of(question, has_history)
    if kind == "world":
        return "files" if evidence is None else _WORLD[evidence.found]
    return "files" if kind == "files" else "model"


def origin_and_verdict(
    mode: Mode,
    citations: Sequence[Citation] = (),
    *,
    answer: str = "",
    refused: bool = False,
    unsupported: Sequence[tuple[int, int]] = (),
) -> tuple[Origin, Verdict]:
    """The label of an answer that was made in `mode` (a routed one).

    Only citations make an answer come from the files: in mode "files" an answer that no passage
    supports is `not_found`, however fluent it is; in mode "both" it is the model's. `refused` says
    that the model declined (`citations.is_refusal`).
    """
    if refused or not answer.strip():
        return "none", "not_found"
    if mode == "model":
        return "model", "from_model"
    if citations:
        mixed = mode == "both" and bool(unsupported)
        return ("both" if mixed else "files"), "answered"
    return ("model", "from_model") if mode == "both" else ("none", "not_found")
