"""Conversations are saved as they happen and found again."""

import pytest

from carrel.errors import UserError
from carrel.events import Answer, Citation
from carrel.store.conversations import Conversations, title_of
from carrel.store.database import Database


@pytest.fixture
def conversations(tmp_path):
    database = Database(tmp_path / "carrel.db")
    yield Conversations(database)
    database.close()


def answer(text, **more):
    return Answer(answer=text, origin="files", verdict="answered", **more)


def test_a_turn_is_there_before_its_answer(conversations):
    conversation, turn = conversations.start_turn(0, "Who pays?", "auto")
    opened = conversations.open(conversation)
    assert [(t.id, t.question, t.state) for t in opened.turns] == [(turn, "Who pays?", "streaming")]


def test_what_was_saved_comes_back_whole(conversations):
    conversation, turn = conversations.start_turn(0, "Who pays?", "auto")
    citation = Citation(
        n=1, passage_id=7, document="/a.pdf", page=3, quote="The lessor pays.", start=10, end=26,
        answer_start=0, answer_end=16, support=0.9,
    )  # fmt: skip
    result = answer("The lessor pays.", citations=[citation], unsupported=[(3, 5)])
    conversations.save(turn, "complete", result)
    assert conversations.open(conversation).turns[0].result == result


def test_a_dead_process_leaves_no_turn_streaming(conversations):
    conversation, turn = conversations.start_turn(0, "Who pays?", "auto")
    conversations.save(turn, "streaming", answer("The les"))
    assert conversations.recover() == 1
    turn_now = conversations.open(conversation).turns[0]
    assert turn_now.state == "died"
    assert turn_now.result.answer == "The les"


def test_search_finds_title_question_and_answer(conversations):
    first, turn = conversations.start_turn(0, "Who pays for the boiler?", "auto")
    conversations.save(turn, "complete", answer("The landlord does."))
    second, _ = conversations.start_turn(0, "What is for lunch?", "auto")
    conversations.rename(second, "Food")
    assert [c.id for c in conversations.listing("boil")] == [first]
    assert [c.id for c in conversations.listing("landlord")] == [first]
    assert [c.id for c in conversations.listing("foo")] == [second]
    assert [c.id for c in conversations.listing('"; DROP')] == []
    assert [c.id for c in conversations.listing()] == [second, first]


def test_history_has_answered_turns_only(conversations):
    conversation, first = conversations.start_turn(0, "One?", "auto")
    conversations.save(first, "complete", answer("1"))
    conversations.keep_prompt(first, "the prompt as sent")
    conversations.start_turn(conversation, "Two?", "auto")
    _, third = conversations.start_turn(conversation, "Three?", "auto")
    history = conversations.history(conversation, third)
    assert [(t.id, t.question, t.answer, t.prompt) for t in history] == [
        (first, "One?", "1", "the prompt as sent")
    ]


def test_deleting_removes_all_of_it(conversations):
    conversation, _ = conversations.start_turn(0, "Who pays?", "auto")
    conversations.delete(conversation)
    with pytest.raises(UserError, match="no conversation"):
        conversations.open(conversation)
    with pytest.raises(UserError):
        conversations.start_turn(conversation, "And now?", "auto")


@pytest.mark.parametrize(
    ("question", "title"),
    [("  a\n b ", "a b"), ("", "Untitled"), ("word " * 30, ("word " * 12).strip() + "…")],
)
def test_titles_are_short(question, title):
    assert title_of(question) == title
