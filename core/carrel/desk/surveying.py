"""Surveys and summaries for the window."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from carrel.answering.one_line import OneLiner
from carrel.answering.summarizing import summarize
from carrel.answering.survey_csv import write_csv
from carrel.answering.surveying import Surveyor
from carrel.desk import library_requests as l
from carrel.events import Message
from carrel.process.rpc import Call, Handler, Reply
from carrel.store.surveys import Surveys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrel.compose import Core
    from carrel.events import Hit


def surveyor(core: Core, asking: threading.Lock) -> Surveyor:
    """The survey of a core; saved unless the profile is open for reading only. `asking` is held
    while the model answers, so that a question waits for one line and not for the survey."""
    one_line = OneLiner(core.library, core.model, core.settings)

    def answer(question: str, hits: Sequence[Hit], cancel: threading.Event) -> str:
        with asking:
            return one_line(question, hits, cancel)

    store = None if core.library.read_only else Surveys(core.library.database)
    return Surveyor(core.library, store, answer)


def handlers(core: Core, asking: threading.Lock) -> dict[type[Message], Handler]:
    """What this part of the desk answers, by request."""
    asks = surveyor(core, asking)

    def survey(request: l.Survey, call: Call) -> Iterator[Reply]:
        yield from asks.run(request, call.cancel)

    def surveys(request: l.ListSurveys, call: Call) -> Iterator[Reply]:
        yield l.SurveyList(surveys=asks.states())

    def export(request: l.ExportSurvey, call: Call) -> Iterator[Reply]:
        state, rows = asks.state(request.survey_id)
        write_csv(request.path, rows)
        yield state

    def summary(request: l.Summarize, call: Call) -> Iterator[Reply]:
        yield from summarize(core.library, request.document)

    return {
        l.Survey: survey, l.ListSurveys: surveys, l.ExportSurvey: export, l.Summarize: summary
    }  # fmt: skip
