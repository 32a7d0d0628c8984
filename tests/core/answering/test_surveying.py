"""A survey asks every document, skips none, saves as it goes and goes on where it was."""

import threading

import pytest

from carrel.answering.surveying import Surveyor
from carrel.desk.library_requests import Survey, SurveyIs
from carrel.errors import UserError
from carrel.library.forgetting import Wish
from carrel.store.surveys import Surveys

from ..fake_core import FakeCore, write_samples

QUESTION = "Who bears the cost of repair of the heating boiler?"


@pytest.fixture
def core(profile, tmp_path):
    made = FakeCore(profile)
    folder = write_samples(tmp_path / "docs")
    (folder / "blank.txt").write_text("   \n")
    made.library.add([str(folder)])
    yield made
    made.close()


def surveyor(core, answer=lambda question, hits, cancel: ""):
    return Surveyor(core.library, Surveys(core.library.database), answer)


def run(asks, request, cancel=None):
    *rows, state = asks.run(request, cancel or threading.Event())
    assert isinstance(state, SurveyIs)
    return rows, state


def test_every_document_has_a_row_with_its_place_or_its_reason(core, tmp_path):
    rows, state = run(surveyor(core), Survey(question=QUESTION))
    assert [row.document for row in rows] == [
        str(tmp_path / "docs" / name) for name in ("blank.txt", "lease.md", "travel.txt")
    ]
    blank, lease, travel = rows
    assert (blank.verdict, blank.quote) == ("no text", "")
    assert "no text" in blank.reason
    assert lease.verdict == "found"
    text, _ = core.library.catalogue.text(lease.document)
    assert text[lease.start : lease.end] == lease.quote
    assert "heating boiler" in lease.quote
    assert (travel.verdict, travel.quote) == ("nothing found", "")
    assert (state.documents, state.done, state.found, state.complete) == (3, 3, 1, True)


def test_a_question_for_a_word_is_answered_by_the_word(core):
    rows, _ = run(surveyor(core), Survey(question="Which documents mention hotels?"))
    assert [row.verdict for row in rows] == ["no text", "nothing found", "found"]
    assert "hotel" in rows[2].quote


def test_a_stopped_survey_goes_on_where_it_was(core):
    stop = threading.Event()
    asks = surveyor(core)
    steps = asks.run(Survey(question=QUESTION), stop)
    first = next(steps)
    stop.set()
    *_, state = steps
    assert (state.done, state.complete) == (1, False)
    searched = []
    search = core.library.search_document
    core.library.search_document = lambda *wish: searched.append(wish) or search(*wish)
    rows, state = run(asks, Survey(question="", survey_id=state.id))
    assert rows[0] == first
    assert (len(rows), len(searched), state.complete) == (3, 2, True)
    assert state.question == QUESTION


def test_a_new_document_is_asked_when_the_survey_is_taken_up_again(core, tmp_path):
    asks = surveyor(core)
    _, state = run(asks, Survey(question=QUESTION, collections=["docs"]))
    (tmp_path / "docs" / "new.txt").write_text("The heating boiler costs the lessor a lot.")
    core.library.sync()
    assert not asks.states()[0].complete
    rows, state = run(asks, Survey(question="", survey_id=state.id))
    assert len(rows) == 4
    assert state.complete


def test_the_model_is_asked_only_where_something_was_found(core):
    asked = []

    def answer(question, hits, cancel):
        asked.append(hits[0].document)
        return "The lessor."

    rows, _ = run(surveyor(core, answer), Survey(question=QUESTION, answers=True))
    assert [row.answer for row in rows] == ["", "The lessor.", ""]
    assert len(asked) == 1


def test_an_answer_that_was_stopped_is_not_kept(core):
    stop = threading.Event()

    def answer(question, hits, cancel):
        cancel.set()
        return "The les"

    rows, state = run(surveyor(core, answer), Survey(question=QUESTION, answers=True), stop)
    assert [row.verdict for row in rows] == ["no text"]
    assert state.done == 1


def test_forgetting_a_document_takes_its_row(core, tmp_path):
    asks = surveyor(core)
    _, state = run(asks, Survey(question=QUESTION))
    core.library.forget(Wish(paths=[str(tmp_path / "docs" / "lease.md")]))
    _, rows = asks.state(state.id)
    assert all("lease" not in row.document for row in rows)
    core.library.forget(Wish(everything=True))
    assert asks.states() == []


def test_a_survey_of_a_collection_that_is_gone_is_still_listed(core):
    asks = surveyor(core)
    _, state = run(asks, Survey(question=QUESTION, collections=["docs"]))
    core.library.forget(Wish(collection="docs"))
    assert [one.id for one in asks.states()] == [state.id]


def test_nothing_is_saved_without_a_store(core):
    rows, state = run(Surveyor(core.library, None, lambda *_: ""), Survey(question=QUESTION))
    assert (len(rows), state.id, state.complete) == (3, 0, True)
    assert surveyor(core).states() == []


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Survey(question="  "), "question is empty"),
        (Survey(question="", survey_id=9), "no survey 9"),
        (Survey(question="x", collections=["nowhere"]), "no collection called nowhere"),
    ],
)
def test_what_cannot_begin_is_a_sentence(core, wish, words):
    with pytest.raises(UserError, match=words):
        run(surveyor(core), wish)
    assert surveyor(core).states() == []
