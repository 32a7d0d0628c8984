"""Samples are the very prompts that are sent."""

import subprocess
import sys
import threading

import msgspec

from carrel.answering.prompt import NOT_FOUND, SYSTEM, prompt_order, user_text
from carrel.desk.requests import Ask
from carrel.lab.prompts import Prompter, Sample, hit_of, sample
from carrel.lab.questions import GivenPassage, Question
from tests.core.test_cli import document, run

PASSAGES = [
    GivenPassage(text="The lessor pays for the boiler.", title="Lease", page=2),
    GivenPassage(text="Trains are second class.", title="Travel"),
]


def test_a_sample_of_given_passages_is_carrel_s_own_prompt():
    question = Question(id="1", question="Who pays?", answers=["the lessor"], passages=PASSAGES)
    made = sample(question)
    hits = [hit_of(one, place) for place, one in enumerate(PASSAGES)]
    assert [m.role for m in made.messages] == ["system", "user"]
    assert made.messages[0].content == SYSTEM
    assert made.messages[1].content == user_text("Who pays?", hits, "files")
    assert [(p.number, p.given, p.title) for p in made.passages] == [
        (number, hit.rank - 1, hit.title) for number, hit in enumerate(prompt_order(hits), 1)
    ]
    assert (made.expected, made.evidence) == ("the lessor", None)


def test_what_is_expected_of_an_unanswerable_one_is_what_models_are_told_to_say():
    question = Question(id="1", question="Who paints?", answerable=False, passages=PASSAGES)
    assert sample(question).expected == NOT_FOUND
    assert sample(Question(id="2", question="Who?", passages=PASSAGES)).expected is None


def test_samples_need_neither_engine_nor_desk():
    code = (
        "import sys, carrel.lab.prompts, carrel.lab.questions\n"
        "print(sorted({'llama_cpp', 'lancedb', 'sqlcipher3', 'PySide6', 'onnxruntime'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_sample_of_the_library_is_what_asking_sends(core):
    asked = "Who bears the cost of the heating boiler?"
    list(core.assistant.ask(Ask(question=asked, mode="files", trace=False)))
    sent = core.language_model.requests[-1].messages
    made = Prompter(core).sample(Question(id="1", question=asked), [], threading.Event())
    assert [(m.role, m.content) for m in made.messages] == [(m.role, m.text) for m in sent]
    assert made.evidence == "yes"
    fewer = Prompter(core, most=1).sample(Question(id="1", question=asked), [], threading.Event())
    assert len(fewer.passages) == 1


def test_the_command_writes_one_line_per_question(tmp_path):
    questions = tmp_path / "q.jsonl"
    lines = [
        Question(id="a", question="Who pays?", answers=["the lessor"], passages=PASSAGES),
        Question(id="b", question="Who paints?", answerable=False, passages=PASSAGES),
    ]
    questions.write_bytes(b"\n".join(msgspec.json.encode(line) for line in lines))
    out = tmp_path / "samples.jsonl"
    words = ["lab", "prompts", str(questions), "--out", str(out)]
    found = document(run(tmp_path, *words, "--json"))
    assert found == {"out": str(out), "samples": 2, "refused": 0}
    made = [msgspec.json.decode(line, type=Sample) for line in out.read_bytes().splitlines()]
    assert [one.id for one in made] == ["a", "b"]
    assert made[0] == sample(lines[0])
    again = run(tmp_path, *words)
    assert (again.returncode, "exists already" in again.stderr) == (1, True)
    assert not out.with_name("samples.jsonl.part").exists()
