"""Conversations are saved as they happen and found again."""

import pytest

from carrel.errors import UserError
from carrel.events import Answer, Citation
from carrel.store.conversations import Conversations
from carrel.store.database import Database
from carrel.store.names import title_of


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


def shape(opened):
    return [(turn.id, turn.branches) for turn in opened.turns]


def test_a_branch_stands_beside_its_turn_and_nothing_is_erased(conversations):
    talk, first = conversations.start_turn(0, "One?", "auto")
    _, second = conversations.start_turn(talk, "Two?", "auto")
    _, third = conversations.start_turn(talk, "Three?", "auto")
    _, edited = conversations.start_turn(talk, "Two, rather?", "auto", branch_of=second)
    assert shape(conversations.open(talk)) == [(first, [first]), (edited, [second, edited])]
    _, after = conversations.start_turn(talk, "Four?", "auto")
    assert conversations.choose(second) == talk
    assert [turn.id for turn in conversations.open(talk).turns] == [first, second, third]
    conversations.choose(edited)
    assert [turn.id for turn in conversations.open(talk).turns] == [first, edited, after]
    everything = conversations.open(talk, all_branches=True)
    assert [turn.id for turn in everything.turns] == [first, second, third, edited, after]
    assert {turn.id: turn.parent for turn in everything.turns}[edited] == first


def test_the_first_question_has_branches_too(conversations):
    talk, first = conversations.start_turn(0, "One?", "auto")
    _, again = conversations.start_turn(talk, "One?", "auto", branch_of=first)
    assert shape(conversations.open(talk)) == [(again, [first, again])]
    assert conversations.asked_again(talk, again) == 1
    _, other = conversations.start_turn(talk, "Another?", "auto", branch_of=again)
    assert conversations.asked_again(talk, other) == 0


def test_history_follows_the_path_that_is_read(conversations):
    talk, first = conversations.start_turn(0, "One?", "auto")
    conversations.save(first, "complete", answer("1"))
    _, second = conversations.start_turn(talk, "Two?", "auto")
    conversations.save(second, "complete", answer("2"))
    _, edited = conversations.start_turn(talk, "Two b?", "auto", branch_of=second)
    assert [turn.id for turn in conversations.history(talk, edited)] == [first]
    conversations.save(edited, "complete", answer("2b"))
    _, third = conversations.start_turn(talk, "Three?", "auto")
    assert [turn.answer for turn in conversations.history(talk, third)] == ["1", "2b"]
    conversations.choose(second)
    assert [turn.answer for turn in conversations.history(talk, 0)] == ["1", "2"]


def test_a_turn_of_another_conversation_is_no_place_for_a_branch(conversations):
    _, first = conversations.start_turn(0, "One?", "auto")
    talk, _ = conversations.start_turn(0, "Other?", "auto")
    with pytest.raises(UserError, match="no turn"):
        conversations.start_turn(talk, "Two?", "auto", branch_of=first)
    with pytest.raises(UserError, match="no turn 99"):
        conversations.choose(99)
    assert len(conversations.open(talk).turns) == 1


def test_pin_and_folder(conversations):
    talk, _ = conversations.start_turn(0, "Who pays?", "auto")
    conversations.pin(talk, True)
    conversations.move(talk, "  Tax\n2025 ")
    opened = conversations.open(talk)
    assert (opened.pinned, opened.folder) == (True, "Tax 2025")
    conversations.pin(talk, False)
    conversations.move(talk, "")
    assert (conversations.open(talk).pinned, conversations.open(talk).folder) == (False, "")


@pytest.mark.parametrize("name", ["x" * 10_000, "a\x00b", "a\x1b[31mb", "\ud800"])
def test_names_that_cannot_be_are_refused_with_a_sentence(conversations, name):
    talk, _ = conversations.start_turn(0, "Who pays?", "auto")
    for change in (conversations.move, conversations.rename):
        with pytest.raises(UserError, match="characters"):
            change(talk, name)
    opened = conversations.open(talk)
    assert (opened.title, opened.folder) == ("Who pays?", "")


def test_what_is_gone_is_a_sentence_everywhere(conversations):
    for act in (
        lambda: conversations.rename(5, "x"), lambda: conversations.pin(5, True),
        lambda: conversations.move(5, "x"), lambda: conversations.open(5),
        lambda: conversations.delete(5),
        lambda: conversations.start_turn(5, "?", "auto", branch_of=1),
    ):  # fmt: skip
        with pytest.raises(UserError, match="no conversation 5"):
            act()


def test_an_answer_that_ends_after_its_conversation_was_deleted_stays_away(conversations):
    talk, turn = conversations.start_turn(0, "Who pays?", "auto")
    conversations.delete(talk)
    conversations.save(turn, "complete", answer("The zylophant pays."))
    assert conversations.database.value("SELECT count(*) FROM turn_words") == 0
