"""One question, end to end: the order of events, what is saved, and how an answer may end early."""

import threading

import pytest

from carrel.answering import verbatim
from carrel.desk.requests import Ask
from carrel.engine.holder import ModelHolder
from carrel.engine.messages import Generated, Piece
from carrel.errors import UserError, WorkerDied
from carrel.events import (
    Answered,
    Checked,
    Cited,
    ContextUsed,
    Evidence,
    Interrupted,
    ModelLoading,
    PassagesFound,
    Quoted,
    Started,
    Token,
)
from carrel.fakes import ScriptedModel
from carrel.store import finding
from carrel_models.reliability import Reliability

from .fake_core import FakeCore, write_samples

QUESTION = "Who bears the cost of repair of the heating boiler?"


@pytest.fixture
def make_core(profile, tmp_path):
    made = []

    def make(script=None, model=None):
        core = FakeCore(profile, model or (ScriptedModel(script) if script else None))
        core.library.add([str(write_samples(tmp_path / "docs"))], "Docs")
        made.append(core)
        return core

    yield make
    for core in made:
        core.close()


def ask(core, question=QUESTION, **more):
    return list(core.assistant.ask(Ask(question=question, **more)))


def kinds(events):
    found = [type(event) for event in events]
    return [kind for i, kind in enumerate(found) if i == 0 or found[i - 1] is not kind]


def test_events_come_in_the_promised_order(make_core):
    events = ask(make_core())
    assert kinds(events) == [
        Started, PassagesFound, Evidence, Quoted, ModelLoading, ContextUsed, Token, Cited, Checked,
        Answered,
    ]  # fmt: skip


def test_the_answer_is_cited_word_for_word(make_core):
    core = make_core()
    result = ask(core)[-1].result
    assert (result.origin, result.verdict) == ("files", "answered")
    assert "lessor shall bear the cost" in result.answer
    citation = result.citations[0]
    text, _ = core.library.catalogue.text(citation.document)
    assert text[citation.start : citation.end] == citation.quote
    assert "lessor" in citation.quote
    assert result.answer[citation.answer_start : citation.answer_end] in result.answer
    assert result.passages
    assert all(
        core.library.catalogue.text(h.document)[0][h.start : h.end] == h.text
        for h in result.passages
    )
    assert result.verbatim[0].text in text


def test_what_the_files_do_not_say_of_the_world_is_the_models_word(make_core):
    core = make_core(script=lambda request: "The capital of Mongolia is Ulaanbaatar.")
    result = ask(core, "What is the capital of Mongolia?")[-1].result
    assert (result.verdict, result.origin) == ("from_model", "model")
    assert result.citations == []


def test_tokens_join_to_the_answer(make_core):
    events = ask(make_core())
    said = "".join(event.text for event in events if isinstance(event, Token))
    assert said.strip() == events[-1].result.answer


def test_what_the_files_do_not_say_is_not_found(make_core):
    core = make_core(script=lambda request: "The capital of Mongolia is Ulaanbaatar.")
    end = ask(core, "What is the password of the archive?")[-1]
    assert isinstance(end, Answered)
    assert (end.result.verdict, end.result.origin, end.result.answer) == ("not_found", "none", "")
    assert end.result.citations == []


def test_an_invented_number_is_marked(make_core):
    core = make_core(
        script=lambda r: (
            "The lessor shall bear the cost of repair of the boiler. It takes 731 days."
        )
    )
    result = ask(core)[-1].result
    assert [result.answer[a:b].strip() for a, b in result.unsupported] == ["It takes 731 days."]


def test_a_model_that_strays_is_replaced_by_the_quote(make_core):
    core = make_core(script=lambda request: "Purple elephants dance at midnight in Peru.")
    result = ask(core)[-1].result
    assert result.verdict in ("answered", "not_found")
    if result.verdict == "answered":
        assert result.answer == result.citations[0].quote
    else:
        assert result.answer == ""


def test_greetings_go_to_the_model(make_core):
    core = make_core(script=lambda request: "Hello! Ask me about your files.")
    result = ask(core, "Hello there!")[-1].result
    assert (result.origin, result.verdict) == ("model", "from_model")
    assert result.passages == []


def test_the_turn_is_saved_with_its_prompt_and_history_repeats_it(make_core):
    core = make_core()
    first = ask(core)
    conversation = first[0].conversation_id
    ask(core, "And who bears small repairs?", conversation_id=conversation)
    sent = core.language_model.requests
    assert sent[1].messages[: len(sent[0].messages)] == sent[0].messages
    assert sent[1].messages[len(sent[0].messages)].text == first[-1].result.answer
    opened = core.conversations.open(conversation)
    assert [turn.state for turn in opened.turns] == ["complete", "complete"]
    assert opened.turns[0].result == first[-1].result


@pytest.mark.parametrize(("mode", "reads"), [("files", True), ("both", False), ("model", False)])
def test_an_adapter_that_reads_is_for_answers_from_files_alone(make_core, monkeypatch, mode, reads):
    """In "both" the model may add what it knows, which an adapter that declines would not."""
    asked, ensure = [], ModelHolder.ensure

    def noted(self, *arguments, reading=False):
        asked.append(reading)
        return ensure(self, *arguments, reading=reading)

    monkeypatch.setattr(ModelHolder, "ensure", noted)
    ask(make_core(), mode=mode)
    assert asked == [reads]


def test_no_trace_saves_nothing(make_core):
    core = make_core()
    events = ask(core, trace=False)
    assert (events[0].conversation_id, events[-1].turn_id) == (0, 0)
    assert finding.listing(core.library.database) == []


def test_stop_keeps_what_was_said(make_core):
    cancel = threading.Event()

    def script(request):
        return "The lessor shall bear the cost of repair and more words follow here."

    core = make_core(script)
    events = []
    for event in core.assistant.ask(Ask(question=QUESTION), cancel):
        events.append(event)
        if isinstance(event, Token):
            cancel.set()
    end = events[-1]
    assert isinstance(end, Interrupted)
    assert end.why == "stopped"
    assert end.partial.answer
    assert core.conversations.open(events[0].conversation_id).turns[0].state == "stopped"


class DyingModel(ScriptedModel):
    """Dies after two words, once."""

    died = False

    def stream(self, request, cancel):
        if self.died:
            yield from super().stream(request, cancel)
            return
        self.died = True
        yield Piece(text="The lessor ")
        yield Piece(text="shall ")
        raise WorkerDied("model", "was killed (by the system when memory ran out, or by someone).")


def test_a_model_that_dies_leaves_the_partial_answer_and_the_next_question_is_answered(make_core):
    core = make_core(model=DyingModel())
    events = ask(core)
    end = events[-1]
    assert isinstance(end, Interrupted)
    assert (end.why, end.partial.answer.strip()) == ("died", "The lessor shall")
    assert "killed" in end.what
    turn = core.conversations.open(events[0].conversation_id).turns[0]
    assert (turn.state, turn.result.answer.strip()) == ("died", "The lessor shall")
    again = ask(core, conversation_id=events[0].conversation_id)
    assert isinstance(again[-1], Answered)


class SilentModel(ScriptedModel):
    """Answers nothing at all."""

    def stream(self, request, cancel):
        yield Generated(
            reason="end", prompt_tokens=1, cached_tokens=0, generated_tokens=0, prompt_ms=1.0,
            first_token_ms=None, total_ms=1.0, tokens_per_s=None,
        )  # fmt: skip


def test_a_model_that_says_nothing_ends_in_an_answer(make_core):
    end = ask(make_core(model=SilentModel()))[-1]
    assert isinstance(end, Answered)
    assert end.result.verdict in ("answered", "not_found")


@pytest.mark.parametrize("question", ["", "   ", "\n"])
def test_an_empty_question_is_a_sentence(make_core, question):
    with pytest.raises(UserError, match="empty"):
        ask(make_core(), question)


def test_an_unknown_collection_or_conversation_is_a_sentence(make_core):
    core = make_core()
    with pytest.raises(UserError, match="no collection called"):
        ask(core, collections=["Nothing"])
    with pytest.raises(UserError, match="no conversation"):
        ask(core, conversation_id=99)


def test_strange_questions_end_well(make_core):
    core = make_core()
    for question in ("\x00\x01\x02", "🔥🔥🔥", "?" * 500, "SELECT * FROM x; --", '"unclosed'):
        assert isinstance(ask(core, question)[-1], Answered), question


def test_a_question_longer_than_the_window_is_refused_with_numbers(make_core):
    end = ask(make_core(), "boiler repair " * 6000, mode="files")[-1]
    assert isinstance(end, Interrupted)
    assert any(c.isdigit() for c in end.what)


def test_a_collection_limits_where_is_looked(make_core, tmp_path):
    core = make_core()
    other = tmp_path / "other"
    other.mkdir()
    (other / "boats.txt").write_text("The boat's boiler was painted blue in spring.")
    core.library.add([str(other)], "Boats")
    hits = ask(core, "What colour is the boiler?", collections=["Boats"])[1].hits
    assert {hit.document for hit in hits} == {str(other / "boats.txt")}


def test_a_no_trace_conversation_goes_on_in_memory_alone(make_core):
    core = make_core()
    first = ask(core, trace=False, in_memory=True)
    talk = first[0].conversation_id
    assert (talk < 0, first[-1].turn_id < 0) == (True, True)
    ask(core, "And who bears small repairs?", trace=False, conversation_id=talk)
    sent = core.language_model.requests
    assert sent[1].messages[: len(sent[0].messages)] == sent[0].messages
    assert len(core.assistant.unsaved.open(talk).turns) == 2
    assert finding.listing(core.library.database) == []
    # An id below 0 is of a no-trace conversation, whatever else the question says.
    ask(core, "And the rent?", trace=True, conversation_id=talk)
    assert finding.listing(core.library.database) == []


def test_asking_again_makes_a_branch_and_draws_anew(make_core):
    core = make_core()
    first = ask(core)
    talk, turn = first[0].conversation_id, first[0].turn_id
    ask(core, "And who bears small repairs?", conversation_id=talk)
    again = ask(core, conversation_id=talk, branch_of=turn)
    assert again[0].branches == [turn, again[0].turn_id]
    sampling = [request.sampling for request in core.language_model.requests]
    assert (sampling[0].temperature, sampling[2].temperature) == (0.0, 0.7)
    assert sampling[2].seed != sampling[0].seed
    assert core.language_model.requests[2].messages == core.language_model.requests[0].messages
    edited = ask(core, "Who repairs the heating?", conversation_id=talk, branch_of=turn)
    assert core.language_model.requests[3].sampling == sampling[0]
    assert [t.id for t in core.conversations.open(talk).turns] == [edited[0].turn_id]
    assert len(core.conversations.open(talk, all_branches=True).turns) == 4


class BrokenModel(ScriptedModel):
    """Has a defect in mid-answer."""

    def stream(self, request, cancel):
        yield Piece(text="The lessor shall bear ")
        raise RuntimeError("a defect")


def test_a_defect_keeps_what_was_written(make_core):
    core = make_core(model=BrokenModel())
    with pytest.raises(RuntimeError):
        ask(core)
    (turn,) = core.conversations.open(1).turns
    assert (turn.state, turn.result.answer.strip()) == ("failed", "The lessor shall bear")
    assert turn.result.verbatim


def test_what_was_said_is_in_the_database_while_more_is_coming(make_core):
    """After each sentence: a power cut now would cost nothing of it."""
    core = make_core(lambda request: "One is said here. Two is said here. Three is said here.")
    seen = set()
    for event in core.assistant.ask(Ask(question="Hello there!", mode="model")):
        if isinstance(event, Token):
            (turn,) = core.conversations.open(1).turns
            assert turn.state == "streaming"
            seen.add(turn.result.answer)
    assert any(text for text in seen)


def unreliable(core):
    core.model._reliability = lambda card: Reliability(0.2, measured=False)
    return core


def test_where_the_models_text_cannot_be_relied_on_the_sentences_are_the_answer(make_core):
    core = unreliable(make_core())
    events = ask(core)
    assert kinds(events) == [Started, PassagesFound, Evidence, Quoted, Cited, Checked, Answered]
    result = events[-1].result
    assert (result.origin, result.verdict, result.offered) == ("files", "answered", True)
    assert result.model is None
    assert core.language_model.loads == []  # no model is loaded for it
    best = verbatim.near_best(result.verbatim)
    assert 0 < len(best) < len(result.verbatim)  # the other one is not about the boiler
    assert result.answer.splitlines() == [" ".join(q.text.split()) for q in best]
    for one in result.citations:
        text, _ = core.library.catalogue.text(one.document)
        assert text[one.start : one.end] == one.quote
    saved = core.conversations.open(events[0].conversation_id).turns[0]
    assert saved.result == result


@pytest.mark.parametrize("asked", [{"generated": "always"}, {"mode": "both"}, {"model": "smollm2"}])
def test_an_unreliable_model_still_writes_when_it_is_asked_to(make_core, asked):
    core = unreliable(make_core())
    if "model" in asked:
        asked = {"model": core.registry.list()[0].id}
    result = ask(core, **asked)[-1].result
    assert not result.offered
    assert result.model is not None
    assert core.language_model.requests


def test_the_setting_has_every_model_or_none_write(make_core):
    core = make_core()
    core.settings.set("generated_text", "never")
    assert ask(core)[-1].result.offered
    core.settings.set("generated_text", "always")
    assert not ask(unreliable(core))[-1].result.offered


def test_what_the_files_do_not_hold_is_not_quoted_as_an_answer(make_core):
    core = unreliable(make_core())
    result = ask(core, "What is the capital of Mongolia?", mode="files")[-1].result
    assert (result.verdict, result.answer, result.offered) == ("not_found", "", False)
