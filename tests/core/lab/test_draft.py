"""Questions drafted from sentences, and the questions that come with Carrel."""

import random
from importlib.resources import files

import pytest

from carrel.answering.facts import facts
from carrel.errors import UserError
from carrel.lab.draft import GAP, draft, question_of
from carrel.lab.questions import read_questions
from carrel.lab.texts import words
from tests.core.test_cli import document, run


@pytest.mark.parametrize(
    ("sentence", "question", "answer", "kind"),
    [
        ("The rent is 1,450 a month, due on the first day.", "What is the rent a month?", "1,450",
         "number"),
        ("The boiler was installed at 14 Linden Yard on 19 August 2022.",
         "When was the boiler installed at 14 Linden Yard?", "19 August 2022", "text"),
        ("Our large saw costs 2,900.", "How much does our large saw cost?", "2,900", "number"),
        ("You have 28 days of holiday a year.",
         "What belongs in the gap? “You have ____ days of holiday a year.”", "28", "number"),
        ("Only Ida takes a red tag off.",
         "What belongs in the gap? “Only ____ takes a red tag off.”", "Ida", "text"),
        ("It is due again in April 2027.",
         "What belongs in the gap? “It is due again in ____.”", "April 2027", "text"),
        ("Die Miete beträgt 1450 Euro im Monat.",
         "What belongs in the gap? “Die Miete beträgt ____ Euro im Monat.”", "1450", "number"),
    ],
)  # fmt: skip
def test_a_sentence_gives_a_question_and_its_answer(sentence, question, answer, kind):
    german = sentence.startswith("Die")
    made = question_of(sentence, "/a.md", random.Random(0), names=not german)
    assert (made.question, made.answers, made.kind) == (question, [answer], kind)
    assert made.source == sentence


def test_a_sentence_without_anything_to_ask_for_gives_none():
    assert (
        question_of("Hotels are paid when the boss agrees.", "/a", random.Random(0), True) is None
    )


def add(core, tmp_path, name, text):
    folder = tmp_path / name
    folder.mkdir()
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    core.library.add([str(folder)], name)


def test_drafts_are_not_confirmed_and_the_same_each_time(core, tmp_path):
    lines = [f"The machine called Borin{n}a weighs {n}7 kilograms in all." for n in range(2, 9)]
    add(core, tmp_path, "yard", "\n\n".join(lines))
    made = draft(core, "yard", 5)
    assert made == draft(core, "yard", 5)
    assert len(made) == 5
    assert not any(one.confirmed for one in made)
    assert len({one.question for one in made}) == 5
    for one in made:
        if one.answerable:
            assert one.answers[0] in one.source
            assert one.document.endswith("yard.md")
            assert one.answers[0] not in one.question.replace(GAP, "") or "Borin" in one.question


def test_questions_of_another_collection_have_no_answer_here(core, tmp_path):
    add(core, tmp_path, "here", "The rent is 1,450 a month, as ever. The van is 9 years of age.")
    made = draft(core, "here", 10)
    gone = [one for one in made if not one.answerable]
    assert gone
    held = words("The rent is 1,450 a month, as ever. The van is 9 years of age.")
    for one in gone:
        assert (one.answers, one.document) == ([], "")
        assert "stands in" in one.source
        missing = [f for f in facts(one.source) if f.kind == "number"]
        assert any(f.key not in held for f in missing)


def test_a_library_without_facts_says_so(core, tmp_path):
    add(core, tmp_path, "plain", "They say that it is so and they leave it there.")
    with pytest.raises(UserError, match="number, a date or a name"):
        draft(core, "plain", 3)
    with pytest.raises(UserError, match="no collection called"):
        draft(core, "none such", 3)


def test_the_sample_questions_can_be_asked(tmp_path):
    path = files("carrel") / "samples" / "lab" / "questions.csv"
    found = read_questions(str(path), scored=True).questions
    names = {one.name for one in (files("carrel") / "samples").iterdir()}
    assert sum(one.answerable for one in found) >= 40
    assert sum(not one.answerable for one in found) >= 10
    assert {one.document for one in found if one.answerable} <= names
    made = document(run(tmp_path, "lab", "sample", str(tmp_path / "sample"), "--json"))
    assert read_questions(made["questions"]).questions == found
    copied = {path.name for path in (tmp_path / "sample" / "documents").iterdir()}
    assert copied == names - {"lab"}
    assert "exists already" in run(tmp_path, "lab", "sample", str(tmp_path / "sample")).stderr


def test_the_command_writes_drafts_that_a_run_asks_only_when_told_to(tmp_path):
    folder = tmp_path / "yard"
    folder.mkdir()
    (folder / "yard.md").write_text("The rent is 1,450 a month, as it was before.\n")
    assert run(tmp_path, "add", str(folder)).returncode == 0
    out = tmp_path / "q.csv"
    made = document(run(tmp_path, "lab", "draft", "--out", str(out), "-n", "3", "--json"))
    assert made == {"out": str(out), "questions": 1, "unanswerable": 0}
    words = ["lab", "run", str(out), "--out", str(tmp_path / "run"), "--no-costs"]
    assert "is confirmed" in run(tmp_path, *words).stderr
    found = document(run(tmp_path, *words, "--drafts", "--json"))
    assert "They are drafts that nobody confirmed." in found["words"]
