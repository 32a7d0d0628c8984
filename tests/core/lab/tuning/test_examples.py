"""What a model is tuned on: tables and chats, and clear words for bad ones."""

from __future__ import annotations

import json

import pytest

from carrel.answering import prompt
from carrel.errors import UserError
from carrel.lab.tuning.examples import read_examples, split


def table(tmp_path, text, name="data.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def chats(tmp_path, *lines):
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return table(tmp_path, "\n".join(texts), "data.jsonl")


def asked(text):
    return [{"role": "user", "content": text}]


def test_a_table_of_questions_and_answers(tmp_path):
    (one,) = read_examples(table(tmp_path, "question;answer\nWho pays?; The landlord \n"))
    assert [m.role for m in one.messages] == ["system", "user"]
    assert one.messages[-1].text == "Who pays?"
    assert one.answer == "The landlord"


def test_a_passage_makes_the_prompt_that_carrel_sends(tmp_path):
    rows = "question,answer,passage,title\nWho pays?,,It rains.,Lease\nWhat?,Rain,It rains.,\n"
    none, some = read_examples(table(tmp_path, rows))
    assert none.answer == prompt.NOT_FOUND  # an empty answer: the passage does not hold it
    assert none.messages[-1].text.startswith("Passage 1 (Lease):\nIt rains.\n\nAnswer the question")
    assert some.answer == "Rain"
    assert some.messages[-1].text.endswith("Question: What?")


def test_chats_as_lines_of_json_and_as_the_lab_writes_them(tmp_path):
    path = chats(
        tmp_path,
        {"messages": asked("Who?"), "answer": "Me."},
        {"messages": asked("Why?"), "expected": "Because.", "id": "q1", "answers": ["Because."]},
        {"messages": asked("When?"), "expected": None},  # nobody knows
        {"messages": asked("Who?"), "answer": "Me."},  # the same again
        "",
    )
    assert [(e.messages[0].text, e.answer) for e in read_examples(path)] == [
        ("Who?", "Me."), ("Why?", "Because."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "has no rows"),
        ("question,answer\n", "has no rows below its header"),
        ("question,reply\na,b\n", "has no column 'answer'"),
        ("question,answer\na,b\n,b\n", "Row 2 of .* has no question"),
        ("question,answer\na,\n", "Row 1 of .* has no answer"),
        ('question,answer\n"a,b\n', "quoting .* is broken"),
        ("question,answer\na,b,c\n", "has 3 cells"),
    ],
)
def test_bad_tables(tmp_path, text, what):
    with pytest.raises(UserError, match=what):
        read_examples(table(tmp_path, text))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"messages": [', "Line 2 of .* cannot be read"),
        ({"messages": [], "answer": "a"}, "Line 2 of .* does not end with what the user asks"),
        (
            {"messages": [{"role": "assistant", "content": "a"}], "answer": "a"},
            "does not end with what the user asks",
        ),
        (
            {"messages": [{"role": "tool", "content": "a"}, *asked("b")], "answer": "a"},
            "has a role other than system, user, assistant",
        ),
        ({"messages": asked("a"), "answer": " "}, "has an empty answer"),
    ],
    ids=["json", "empty", "assistant", "role", "answer"],
)
def test_bad_chats(tmp_path, line, what):
    good = {"messages": asked("Who?"), "answer": "Me."}
    with pytest.raises(UserError, match=what):
        read_examples(chats(tmp_path, good, line))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        read_examples(str(tmp_path / "none.csv"))


def test_lines_without_a_single_answer(tmp_path):
    with pytest.raises(UserError, match="holds no example"):
        read_examples(chats(tmp_path, {"messages": asked("When?"), "expected": None}))


def test_whole_questions_are_held_out(tmp_path):
    rows = "".join(f"Question {n % 20}?,Answer {n}\n" for n in range(60))
    examples = read_examples(table(tmp_path, f"question,answer\n{rows}"))
    train, held = split(examples, 0.1, 100, seed=1)
    assert len(train) == 54
    assert len(held) == 6
    assert {e.messages for e in train}.isdisjoint(e.messages for e in held)
    assert split(examples, 0.1, 100, seed=1) == (train, held)
    assert len(split(examples, 0.5, 4, seed=1)[1]) == 4


def test_few_questions_are_all_trained_on(tmp_path):
    examples = read_examples(table(tmp_path, "question,answer\na,b\nc,d\n"))
    assert split(examples, 0.1, 100, seed=0) == (examples, [])
