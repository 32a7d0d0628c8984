"""Runs of the lab on fakes: resuming, stopping, failing models, scores, reports, comparing."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from carrel.desk.shelf_requests import AdapterChoice
from carrel.errors import Cancelled, UserError, WorkerDied
from carrel.events import Timings
from carrel.fakes import ScriptedModel
from carrel.lab.arms import Way, ways_of
from carrel.lab.asking import Asker, Given, Source
from carrel.lab.differences import compared, differences
from carrel.lab.questions import GivenPassage, Question
from carrel.lab.report import write_reports
from carrel.lab.run import run
from carrel.lab.saved import Failed, Made, RunFolder, last_answers, read_run
from carrel.lab.score import point, scores
from carrel.lab.task.metrics import mean
from carrel.lab.words import paragraph
from carrel.profile import Profile
from tests.core.fake_core import FakeCore
from tests.models.tiny_adapter import write_adapter
from tests.models.tiny_gguf import write_tiny

QUESTIONS = [
    Question(id="pays", question="Who bears the cost of the heating boiler?",
             answers=["The lessor"], document="lease.md"),
    Question(id="hotel", question="How much may a hotel cost a night?", answers=["120 euros"],
             kind="number", document="travel.txt"),
    Question(id="second", question="Are trains booked in second class?", answers=["yes"],
             kind="yes_no"),
    Question(id="topic", question="What is a failing boiler?", answers=["repair"], kind="label",
             labels=["repair", "travel"]),
    Question(id="moon", question="Zxqv wvutsr qponm?", answerable=False),
]  # fmt: skip


def made(ways, **more):
    base = Made(
        questions="q.csv", digest="d", ways=ways, collections=[], prompt_tokens=400,
        reply_tokens=64, passages=10, embedder="hash", engine="llama",
    )  # fmt: skip
    return msgspec.structs.replace(base, **more)


def go(core, out, questions=QUESTIONS, cancel=None, ways=None, **more):
    cancel = cancel or threading.Event()
    ways = ways or ways_of(core, [], [], cancel)
    folder = RunFolder(out, made(ways, **more), questions)
    try:
        asker = Asker(core, [], 400, 64)
        run(core, asker, folder, questions, ways, [], cancel, lambda way, share: None)
    finally:
        folder.close()
    return read_run(out)


class Breaking(ScriptedModel):
    """A model that works `good` times, then does what `then` does."""

    def __init__(self, good, then):
        super().__init__()
        self.left, self.then = good, then

    def stream(self, request, cancel):
        if self.left == 0:
            self.then()
        self.left -= 1
        return super().stream(request, cancel)


def die():
    raise WorkerDied("model", "was killed.")


def test_every_question_is_answered_in_every_way_with_one_prompt(core, tmp_path):
    found = go(core, tmp_path / "run")
    assert {(one.way, one.id) for one in last_answers(found.lines).values()} == {
        (way, q.id) for way in ("base", "base + files") for q in QUESTIONS
    }
    sent = core.language_model.requests
    assert {(r.sampling.temperature, r.sampling.seed, r.max_tokens) for r in sent} == {(0.0, 0, 64)}
    answers = last_answers(found.lines)
    with_files = answers["base + files", "pays"]
    assert with_files.sources
    assert with_files.read
    assert not answers["base", "pays"].read
    assert answers["base + files", "moon"].refused_by == "search"
    assert answers["base", "topic"].answer in ("repair", "travel")


def test_scores_are_of_the_answers(core, tmp_path):
    alone, files = scores(go(core, tmp_path / "run"))
    assert (alone.n, files.n, files.errors, files.failed) == (5, 5, 0, "")
    assert files.number.value == 1.0
    assert files.honest_refusals.value == 1.0
    assert files.false_refusals.value == 0.0
    assert files.source_read.value == 1.0
    assert files.supported.value == 1.0
    assert alone.supported is None
    assert alone.honest_refusals.value == 0.0
    assert files.score.value > alone.score.value
    assert files.label_accuracy.value == files.label_macro_f1.value == 1.0


def test_the_same_run_goes_on_and_asks_nothing_twice(core, tmp_path):
    out = tmp_path / "run"
    first = go(core, out)
    asked = len(core.language_model.requests)
    path = out / "answers.jsonl"
    kept = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(kept[:-3]) + kept[-3][:40])  # a kill in the middle of a line
    again = go(core, out)
    assert {k: v.answer for k, v in last_answers(again.lines).items()} == {
        k: v.answer for k, v in last_answers(first.lines).items()
    }
    assert len(core.language_model.requests) - asked <= 3
    with pytest.raises(UserError, match=r"\(different: digest, reply tokens\)"):
        go(core, out, digest="other", reply_tokens=1)


def test_a_folder_of_something_else_is_left_alone(core, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "diary.txt").write_text("mine")
    with pytest.raises(UserError, match="holds no run of the lab"):
        go(core, tmp_path / "run")
    with pytest.raises(UserError, match="holds no run of the lab"):
        read_run(tmp_path / "run")


def test_a_stop_keeps_what_is_answered(core, tmp_path):
    cancel = threading.Event()
    core.model._model = Breaking(2, cancel.set)
    with pytest.raises(Cancelled):
        go(core, tmp_path / "run", cancel=cancel)
    kept = last_answers(read_run(tmp_path / "run").lines)
    assert {id for _, id in kept} == {"pays", "hotel"}
    assert len(last_answers(go(core, tmp_path / "run").lines)) == 10


def test_a_model_that_dies_keeps_partial_results_with_the_reason(core, tmp_path):
    questions = [
        Question(id=str(n), question=f"Who bears the cost of boiler {n}?", answers=["The lessor"])
        for n in range(6)
    ]
    core.model._model = Breaking(2, die)
    found = go(core, tmp_path / "run", questions)
    failed = [one for one in found.lines if isinstance(one, Failed)]
    assert [one.way for one in failed] == ["base", "base + files"]
    assert "was killed" in failed[0].reason
    alone, files = scores(found)
    assert (alone.n, alone.errors, files.n) == (2, 3, 0)
    assert "base was given up: Given up after 3 failures in a row" in paragraph(
        found, [alone, files]
    )
    core.model._model = ScriptedModel()
    mended = scores(go(core, tmp_path / "run", questions))
    assert [(one.n, one.errors, one.failed) for one in mended] == [(6, 0, ""), (6, 0, "")]


def test_given_passages_are_read_in_place_of_a_search(core, tmp_path):
    question = Question(
        id="1", question="Who painted the ceiling?", answers=["Michelangelo"],
        passages=[GivenPassage(text="Michelangelo painted the ceiling.", title="Art")],
    )  # fmt: skip
    found = go(core, tmp_path / "run", [question])
    given = last_answers(found.lines)["base + files", "1"]
    assert given.answer == "Michelangelo painted the ceiling."
    assert [one.quote for one in given.sources] == ["Michelangelo painted the ceiling."]
    assert "Michelangelo painted" in core.language_model.requests[-1].messages[-1].text


def test_ways_are_named_by_what_they_are(core):
    cancel = threading.Event()
    names = [way.name for way in ways_of(core, [], [], cancel)]
    assert names == ["base", "base + files"]
    assert [w.name for w in ways_of(core, [], [], cancel, (True,))] == ["base + files"]
    with pytest.raises(UserError, match="none"):
        ways_of(core, [], [AdapterChoice(id="none-such")], cancel)
    use = core.registry.in_use().id
    with pytest.raises(UserError, match="named twice"):
        ways_of(core, [use, use], [], cancel)


class Watching(ScriptedModel):
    """Notes which adapters it has at every answer."""

    def __init__(self):
        super().__init__()
        self.had = []

    def stream(self, request, cancel):
        self.had.append([one.path for one in self.adapters])
        return super().stream(request, cancel)

    def score(self, request, cancel):
        self.had.append([one.path for one in self.adapters])
        return super().score(request, cancel)


def test_the_base_is_asked_without_the_adapters_that_are_in_use(core, tmp_path):
    card = core.registry.add(write_tiny(tmp_path / "tiny.gguf"))
    core.registry.use(card.id)
    tone = core.adapters.add(write_adapter(tmp_path / "tone.gguf"))
    core.adapters.attach(card.id, [(tone.id, 1.0)])
    core.model.use_adapters([AdapterChoice(id=tone.id)])
    core.model._model = core.model._attacher._model = model = Watching()
    cancel = threading.Event()
    go(core, tmp_path / "run", ways=ways_of(core, [], [], cancel))
    asked = len(model.had)
    assert asked >= 2 * (len(QUESTIONS) - 1)
    assert all(one == [] for one in model.had)
    go(core, tmp_path / "tuned", ways=ways_of(core, [], [AdapterChoice(id=tone.id)], cancel)[2:])
    assert len(model.had) > asked
    assert all(one == [tone.path] for one in model.had[asked:])


@pytest.mark.parametrize(
    ("question", "given", "points"),
    [
        ({"answers": ["the lessor"]}, {"answer": "The lessor."}, 1.0),
        ({"answers": ["the lessor"]}, {"answer": "The lessor pays."}, pytest.approx(2 / 3)),
        ({"answers": ["the lessor"]}, {"answer": "", "refused_by": "check"}, 0.0),
        ({"answers": ["48"], "kind": "number"}, {"answer": "within 48 hours"}, 1.0),
        ({"answers": ["48"], "kind": "number"}, {"answer": "within 84 hours"}, 0.0),
        ({"answers": ["no"], "kind": "yes_no"}, {"answer": "No, never."}, 1.0),
        ({"answers": ["a"], "kind": "label"}, {"answer": "b"}, 0.0),
        ({"answerable": False}, {"answer": "Perhaps."}, 0.0),
        ({"answerable": False}, {"answer": "", "refused_by": "model"}, 1.0),
    ],
)
def test_points_are_given_by_rule(question, given, points):
    asked = Question(id="1", question="?", **question)
    assert point(asked, Given(way="w", id="1", **given), files=True).points == points


def test_an_answer_is_supported_when_every_claim_has_a_source():
    asked = Question(id="1", question="?", answers=["x"])
    source = Source(document="/a.md", page=None, quote="x", support=0.9)
    given = Given(way="w", id="1", answer="x", sources=[source])
    assert point(asked, given, files=True).supported is True
    bad = msgspec.structs.replace(given, unsupported=1)
    assert point(asked, bad, files=True).supported is False
    assert point(asked, given, files=False).supported is None


class Page(HTMLParser):
    """Collects tags and what they point to."""

    def __init__(self):
        super().__init__()
        self.tags, self.links = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href")]


def test_the_reports_stand_alone_and_obey_no_answer(core, tmp_path):
    evil = "<script>alert(1)</script> | [x](http://e.x)"
    core.model._model = ScriptedModel(lambda request: evil)
    found = go(core, tmp_path / "run", ways=ways_of(core, [], [], threading.Event(), (False,)))
    markdown, page = [path.read_text(encoding="utf-8") for path in write_reports(found)]
    parsed = Page()
    parsed.feed(page)
    assert "script" not in parsed.tags
    assert parsed.links == []
    assert "svg" in parsed.tags
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert r"\[x\](http://e.x)" in markdown
    assert paragraph(found, scores(found)) in markdown


def answered(id, way, text):
    return Given(way=way, id=id, answer=text, timings=Timings(total_ms=1000.0))


def written(folder, texts, ways=("base",)):
    """A run of 12 questions whose answer is x, answered with `texts` by way."""
    questions = [Question(id=str(n), question=f"Question {n}?", answers=["x"]) for n in range(12)]
    made_ways = [
        Way(name=name, role="base", files=False, model="m", model_choice="", model_sha256="s")
        for name in ways
    ]
    file = RunFolder(folder, made(made_ways), questions)
    for way in ways:
        for question in questions:
            file.add(answered(question.id, way, texts[way](int(question.id))))
    file.close()
    return read_run(folder)


def test_a_difference_is_sure_only_where_its_interval_leaves_out_zero(tmp_path):
    found = written(
        tmp_path / "run",
        {"good": lambda n: "x", "bad": lambda n: "y", "even": lambda n: "y" if n == 3 else "x"},
        ("good", "bad", "even"),
    )
    signs = {(one.a, one.b): one.sign() for one in differences(found)}
    assert signs == {("good", "bad"): 1, ("good", "even"): 0, ("bad", "even"): -1}
    said = paragraph(found, scores(found))
    assert "It is ahead of bad by 1.00" in said
    assert re.search(r"It leads even by 0\.08 .* but that is too wide", said)


def test_a_rerun_that_is_worse_is_a_regression(tmp_path):
    before = written(tmp_path / "before", {"base": lambda n: "x"})
    after = written(tmp_path / "after", {"base": lambda n: "x" if n < 3 else "y"})
    found = compared(before, after)
    assert found.worse == ["base"]
    assert found.changed == {"base": [str(n) for n in range(3, 12)]}
    assert compared(after, before).worse == []
    assert compared(before, before).worse == []


def test_a_report_of_very_many_questions_shows_the_first(tmp_path):
    questions = [Question(id=str(n), question=f"Is {n} it?", answers=["x"]) for n in range(1200)]
    way = Way(name="base", role="base", files=False, model="m", model_choice="", model_sha256="s")
    file = RunFolder(tmp_path / "run", made([way]), questions)
    file.close()
    with open(tmp_path / "run" / "answers.jsonl", "ab") as lines:
        for question in questions:
            lines.write(msgspec.json.encode(answered(question.id, "base", "x")) + b"\n")
    found = read_run(tmp_path / "run")
    page = write_reports(found)[1].read_text(encoding="utf-8")
    assert "The first 1,000 of 1,200" in page
    assert ("Is 999 it?" in page, "Is 1000 it?" in page) == (True, False)
    assert scores(found)[0].n == 1200


def test_the_mean_of_very_many_has_the_interval_that_resampling_would_give():
    values = [float(n % 4 == 0) for n in range(20_000)]
    many, few = mean(values), mean(values[:9_996])
    assert many.value == few.value == 0.25
    wide = (few.high - few.low) * (9_996 / 20_000) ** 0.5
    assert many.high - many.low == pytest.approx(wide, rel=0.15)
    assert mean([]) is None


def test_the_first_by_kind_is_told(core, tmp_path):
    found = go(core, tmp_path / "run")
    parts = {one.part for one in differences(found)}
    assert parts == {"all", "answerable", "unanswerable", "text", "number", "yes_no", "label"}
    said = paragraph(found, scores(found))
    assert "for numbers base + files 1.00 (1.00 to 1.00), not for sure" in said  # one question


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from carrel.profile import Profile
from tests.core.fake_core import FakeCore, write_samples
from tests.core.lab.test_run import Breaking, go

profile = Profile.at(Path(sys.argv[1]) / "profile")
profile.create()
core = FakeCore(profile, Breaking(3, lambda: os.kill(os.getpid(), signal.SIGKILL)))
core.library.add([str(write_samples(Path(sys.argv[1]) / "docs"))])
go(core, Path(sys.argv[1]) / "run")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
def test_a_killed_run_goes_on_where_it_was(tmp_path):
    root = str(Path(__file__).parents[3])
    words = [sys.executable, "-c", KILLED, str(tmp_path), root]
    done = subprocess.run(words, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    kept = last_answers(read_run(tmp_path / "run").lines)
    assert {id for _, id in kept} == {"pays", "hotel", "second", "topic"}
    profile = Profile.at(tmp_path / "profile")
    core = FakeCore(profile)
    try:
        found = go(core, tmp_path / "run")
    finally:
        core.close()
    assert len(last_answers(found.lines)) == 2 * len(QUESTIONS)
    asked = [one.messages[-1].text for one in core.language_model.requests]
    assert not any(text == QUESTIONS[0].question for text in asked)
