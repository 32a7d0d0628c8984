"""Rows with labels become the chats that a task run sends, and are held out by their text."""

from __future__ import annotations

import threading

import pytest

from carrel.errors import UserError
from carrel.fakes import ScriptedModel
from carrel.lab.task.table import read_table
from carrel.lab.task.ways import INSTRUCTION, LONGEST, ModelWay
from carrel.lab.tuning.examples import split
from carrel.lab.tuning.labelled import holds_labels, read_labelled, text_of

ROWS = 'text,label\nmy card is lost,card lost\n" a refund,\nplease ",refund\n,refund\nrain,\n'


def words(texts):
    return [len(text.split()) for text in texts]


def table(tmp_path, text, name="data.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def read(path, column="", label="", instruction=""):
    return read_labelled(path, column, label, instruction, words)


class Heard(ScriptedModel):
    """Keeps the chats that it is sent."""

    def __init__(self):
        super().__init__()
        self.chats = []

    def score(self, request, cancel):
        self.chats += request.chats
        return super().score(request, cancel)


@pytest.mark.parametrize("instruction", ["", "Sort this:\n{labels}"])
def test_each_row_is_the_chat_that_a_task_run_sends(tmp_path, instruction):
    long = "word " * (2 * LONGEST)
    path = table(tmp_path, f"{ROWS}{long},refund\n")
    found = read(path, instruction=instruction)
    assert found.labels == ["card lost", "refund"]
    assert [one.answer for one in found.examples] == ["card lost", "refund", "refund"]
    heard = Heard()
    heard.count_tokens = words
    way = ModelWay(heard, found.labels, found.instruction)
    texts = [text for text in read_table(path, "text").texts if text.strip() and text != "rain"]
    list(way.guesses(texts, threading.Event()))
    assert [list(one.messages) for one in found.examples] == heard.chats
    assert len(text_of(found.examples[-1]).split()) <= LONGEST
    told = instruction.replace("{labels}", "card lost\nrefund") or INSTRUCTION
    assert {one.messages[0].text for one in found.examples} == {told}


def test_columns_have_any_names_and_a_row_counts_once(tmp_path):
    path = table(tmp_path, "q;intent\nlost;card\nlost;card\nrain;weather\n")
    found = read(path, "q", "intent")
    assert [(text_of(one), one.answer) for one in found.examples] == [
        ("lost", "card"), ("rain", "weather"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (ROWS, True),
        ("label;text\na;b\n", True),
        ("question,answer\na,b\n", False),
        ("question,text,label\na,b,c\n", False),
        ('{"messages": []}\n', False),
    ],
)
def test_a_table_of_labels_is_known_by_its_columns(tmp_path, text, labels):
    assert holds_labels(table(tmp_path, text)) is labels


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "has no rows"),
        ("text,gold\na,b\n", "has no column 'label'"),
        ("text,label\na,x\nb,x\n", "have 1 label"),
        ("text,label\na,\n,x\n", "have no labels"),
        ('text,label\n"a,x\n', "quoting of .* is broken"),
    ],
)
def test_bad_tables(tmp_path, text, what):
    with pytest.raises(UserError, match=what):
        read(table(tmp_path, text))


def test_rows_with_one_text_are_held_out_together(tmp_path):
    rows = "".join(f'"Hello {n % 30}\nThanks",{"ab"[n % 2]}{n % 4}\n' for n in range(60))
    examples = read(table(tmp_path, f"text,label\n{rows}")).examples
    train, held = split(examples, 0.2, 100, 1, text_of)
    assert {text_of(one) for one in held}.isdisjoint(text_of(one) for one in train)
    assert len({text_of(one) for one in held}) == 6
    assert len(train) + len(held) == len(examples)
    train, held = split(examples, 0.5, 4, 1, text_of)
    assert len(held) == 4
    assert len({text_of(one) for one in train}) == 26  # what is not evaluated is trained on
