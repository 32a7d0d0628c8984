"""The lab with the real starter model."""

import threading

import pytest

from carrel.engine.inline import InlineModel
from carrel.lab.arms import ways_of
from carrel.lab.asking import Asker
from carrel.lab.questions import GivenPassage, Question
from carrel.lab.run import run
from carrel.lab.saved import RunFolder, last_answers, read_run
from carrel.lab.score import scores
from carrel.profile import Profile
from tests.core.fake_core import FakeCore
from tests.core.lab.test_run import made

pytestmark = pytest.mark.engine


def test_the_starter_reads_a_given_passage_and_is_measured(tmp_path):
    profile = Profile.at(tmp_path / "profile")
    profile.create()
    core = FakeCore(profile, InlineModel())
    passage = GivenPassage(text="The rent of the workshop is 1,450 a month.", title="Lease")
    questions = [
        Question(id="rent", question="What is the rent of the workshop a month?",
                 answers=["1,450"], kind="number", passages=[passage]),
        Question(id="pays", question="Is this about rent or about travel?", answers=["rent"],
                 kind="label", labels=["rent", "travel"], passages=[passage]),
    ]  # fmt: skip
    cancel = threading.Event()
    try:
        ways = ways_of(core, [], [], cancel, (True,))
        folder = RunFolder(tmp_path / "run", made(ways), questions)
        run(core, Asker(core, [], 400, 24), folder, questions, ways, [], cancel,
            lambda way, share: None)  # fmt: skip
        folder.close()
    finally:
        core.close()
    back = read_run(tmp_path / "run")
    (found,) = scores(back)
    assert (found.n, found.errors, found.failed) == (2, 0, "")
    assert found.number.value == 1.0
    assert last_answers(back.lines)["base + files", "pays"].answer in ("rent", "travel")
    assert found.prompt_tokens > 80
    assert found.generated_tokens <= 24
    assert found.first_token_ms < found.total_ms
    assert found.tokens_per_s > 0
