"""Question sets: what they hold, and what is said of broken ones."""

import json

import pytest

from carrel.errors import UserError
from carrel.lab.questions import Question, read_questions, write_csv


def written(tmp_path, text, name="q.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_csv_file_has_the_names_as_columns(tmp_path):
    text = (
        "id,question,answer,kind,answerable,confirmed\n"
        'rent,What is the rent?,"1,450 | 1450 a month",number,,yes\n'
        "roof,Who cleans the roof?,,,no,\n"
    )
    rent, roof = read_questions(written(tmp_path, text), scored=True).questions
    assert (rent.id, rent.answers, rent.kind) == ("rent", ["1,450", "1450 a month"], "number")
    assert (rent.answerable, rent.confirmed) == (True, True)
    assert (roof.answers, roof.answerable, roof.confirmed) == ([], False, False)


def test_jsonl_brings_lists_truth_values_and_passages(tmp_path):
    lines = [
        {"id": 7, "question": "Is it?", "answer": True, "kind": "yes_no"},
        {"question": "Who?", "answer": ["Ida", "Ida Hollis"], "passages": [{"text": "Ida."}]},
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    first, second = read_questions(written(tmp_path, text, "q.jsonl"), scored=True).questions
    assert (first.id, first.answers) == ("7", ["yes"])
    assert (second.id, second.answers) == ("2", ["Ida", "Ida Hollis"])
    assert second.passages[0].text == "Ida."
    assert second.confirmed


def test_what_is_written_is_read_again(tmp_path):
    given = [
        Question(id="1", question='Who says "no", and when?', answers=["Ida", "on Monday"]),
        Question(id="2", question="What\nnow?", answerable=False, confirmed=False, source="S."),
    ]
    assert read_questions(written(tmp_path, write_csv(given))).questions == given


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("q.csv", "", "has no questions"),
        ("q.jsonl", "\n\n", "has no questions"),
        ("q.csv", "id,question\n", "has no rows below its header"),
        ("q.csv", "id,query\n1,What?\n", "has no column 'question'"),
        (
            "q.csv",
            "id,question,answer\n1,a?,x\n1,b?,y\n",
            "Line 3 .* has the id '1', as line 2",
        ),
        ("q.csv", 'id,question\n1,"a"b?\n', "The quoting of .* is broken"),
        ("q.csv", "id,question,answer\n1,What?,\n", r"Line 2 of .* \(1\) has no answer"),
        ("q.csv", "id,question,answer,kind\n1,What?,Ida,number\n", "asks for a number"),
        ("q.csv", "id,question,answer,kind\n1,What?,Ida,yes_no\n", "asks for yes or no"),
        ("q.csv", "id,question,answer,kind\n1,What?,Ida,poem\n", "is no question"),
        ("q.csv", "id,question,answerable\n1,What?,perhaps\n", "neither yes nor no"),
        (
            "q.jsonl",
            '{"id": 1, "question": "a", "answer": 3}\n{"id": 2,',
            "Line 2 of .* is no JSON object",
        ),
        ("q.jsonl", '{"id": 1, "question": " "}', "Line 1 of .* has no question"),
    ],
)
def test_a_broken_set_is_told_by_its_line(tmp_path, name, text, said):
    with pytest.raises(UserError, match=said):
        read_questions(written(tmp_path, text, name), scored=True)


def test_a_hundred_thousand_questions_are_read(tmp_path):
    rows = "".join(f"{n},What is number {n}?,{n}\n" for n in range(100_000))
    found = read_questions(written(tmp_path, f"id,question,answer\n{rows}"), scored=True)
    assert len(found.questions) == 100_000
    assert found.questions[-1].answers == ["99999"]
