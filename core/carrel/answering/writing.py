"""Whether a model writes the answer from the files, or the files' own sentences are the answer.

Where generated text cannot be relied on, the best sentences stand as the answer, each cited from
where it stands, and the model's text is offered. It is made when somebody asks for it: with the
setting `generated_text`, for one question, by naming a model or an adapter for the question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from carrel.events import Citation, Verbatim

if TYPE_CHECKING:
    from carrel.desk.shelf_requests import AdapterChoice
    from carrel.engine.holder import ModelHolder

Wanted = Literal["auto", "always", "never"]

_SPACES = re.compile(r"\s+")


class Quoted(NamedTuple):
    """An answer that consists of quotes."""

    answer: str
    citations: list[Citation]


def writes(
    wanted: str,
    holder: ModelHolder,
    model: str = "",
    adapters: Sequence[AdapterChoice] | None = None,
) -> bool:
    """Whether the model's text is to be the answer from the files. `wanted` is a `Wanted`; `model`
    and `adapters` are those named for this question. Raises UserError when there is no model."""
    if wanted != "auto":
        return wanted == "always"
    return bool(model or adapters) or holder.can_be_relied_on(adapters)


def in_quotes(quotes: Sequence[Verbatim]) -> Quoted:
    """The sentences, one a line, each with its citation; white space inside is one space."""
    answer, citations = "", []
    for n, quote in enumerate(quotes, 1):
        answer += "\n" if answer else ""
        start = len(answer)
        answer += _SPACES.sub(" ", quote.text).strip()
        citations.append(
            Citation(
                n=n, passage_id=quote.passage_id, document=quote.document, page=quote.page,
                quote=quote.text, start=quote.start, end=quote.end, answer_start=start,
                answer_end=len(answer), support=1.0,
            )
        )  # fmt: skip
    return Quoted(answer, citations)
