"""The meter and the prompt: what is counted is what is sent, and what is left out is named."""

from __future__ import annotations

import json
import threading

import pytest

from carrel.answering.prompt import SYSTEM, system_text
from carrel.desk.requests import Ask
from carrel.engine.client import ModelProcess
from carrel.engine.messages import Generated, LoadModel
from carrel.events import Answered, ContextUsed, Interrupted
from tests.models.tiny_gguf import follow, write_tiny

from .fake_core import FakeCore, write_samples
from .test_cli import document, run

QUESTION = "Who bears the cost of repair of the heating boiler?"
SMALL = "Who bears small repairs up to 150 euros in the single case?"


class Listening(ModelProcess):
    """The real worker; remembers what was asked of it and how each generation ended."""

    def __init__(self):
        super().__init__()
        self.requests, self.ends = [], []

    def stream(self, request, cancel):
        self.requests.append(request)
        for reply in super().stream(request, cancel):
            if isinstance(reply, Generated):
                self.ends.append(reply)
            yield reply


@pytest.fixture
def core(profile, tmp_path):
    """The pipeline with the real worker and a tiny model that answers "Yes."."""
    model = write_tiny(tmp_path / "tiny.gguf", context=8192, successor=follow("Yes."))
    core = FakeCore(profile, Listening())
    core.library.add([str(write_samples(tmp_path / "docs"))], "Docs")
    core.model.choose(str(model))
    yield core
    core.close()


def ask(core, question, **more):
    events = list(core.assistant.ask(Ask(question=question, **more)))
    return next((e for e in events if isinstance(e, ContextUsed)), None), events


def total(used):
    return used.system + used.history + used.passages + used.question


@pytest.mark.engine
@pytest.mark.parametrize("mode", ["files", "both", "model"])
def test_the_parts_add_up_to_the_prompt_that_was_read(core, mode):
    """Within a token or two a turn: at the edges of the parts words may be cut another way."""
    used, events = ask(core, QUESTION, mode=mode)
    assert abs(total(used) - core.language_model.ends[0].prompt_tokens) <= 1
    assert (used.history, used.passages > 0) == (0, mode != "model")
    conversation = events[0].conversation_id
    for turn, question in enumerate((SMALL, QUESTION), 2):
        used, events = ask(core, question, mode=mode, conversation_id=conversation)
        assert isinstance(events[-1], Answered), events[-1]
        assert abs(total(used) - core.language_model.ends[-1].prompt_tokens) <= turn
        assert used.history > 0
    assert all(r.messages[0].text == SYSTEM for r in core.language_model.requests)


@pytest.mark.engine
def test_a_long_chat_is_trimmed_oldest_first_and_the_trimmed_turns_are_named(core):
    """In mode "model" too; the system text stays, and the prompt never outgrows the window."""
    conversation, turns = 0, []
    for number in range(9):
        question = f"Question {number}: " + "the rain in spain " * 40
        used, events = ask(core, question, mode="model", conversation_id=conversation)
        assert isinstance(events[-1], Answered), events[-1]
        conversation = events[0].conversation_id
        sent, end = core.language_model.requests[-1], core.language_model.ends[-1]
        left = [out.id for out in used.left_out if out.kind == "turn"]
        assert left == turns[: len(left)]
        assert events[-1].result.left_out == used.left_out
        assert sent.messages[0].text == SYSTEM
        assert len(sent.messages) == 2 + 2 * (len(turns) - len(left))
        assert end.prompt_tokens + used.reply <= used.window == 4096
        turns.append(events[0].turn_id)
    assert left


@pytest.mark.engine
@pytest.mark.parametrize("mode", ["files", "model"])
def test_the_window_is_that_of_the_loaded_model(core, mode, tmp_path):
    small = write_tiny(tmp_path / "small.gguf", context=768, successor=follow("Yes."))
    core.model.choose(str(small))
    used, events = ask(core, "Why?", mode=mode)
    if used is not None:
        assert used.window == 768
    _, events = ask(core, "boiler repair " * 300, mode=mode)
    assert isinstance(events[-1], Interrupted)
    assert "768 in all" in events[-1].what
    assert core.language_model.loaded() is not None


def test_asking_again_about_passages_that_were_shown_still_cites_them(profile, tmp_path):
    core = FakeCore(profile)
    core.library.add([str(write_samples(tmp_path / "docs"))], "Docs")
    first, events = ask(core, QUESTION)
    cited = [c.quote for c in events[-1].result.citations]
    again, events = ask(core, QUESTION, conversation_id=events[0].conversation_id)
    assert first.passages > 0
    assert again.passages == 0
    assert "passages above" in core.language_model.requests[-1].messages[-1].text
    assert [c.quote for c in events[-1].result.citations] == cited != []
    core.close()


def test_a_passage_counts_as_shown_only_in_the_turn_that_showed_it(profile, tmp_path):
    core = FakeCore(profile)
    core.library.add([str(write_samples(tmp_path / "docs"))], "Docs")
    _, events = ask(core, QUESTION)
    conversation = events[0].conversation_id
    _, events = ask(core, QUESTION, conversation_id=conversation)
    shown, silent = core.conversations.history(conversation, 0)
    assert shown.passages
    assert silent.passages == []
    assert {hit.passage_id for hit in events[-1].result.passages} == set(shown.passages)
    core.close()


def test_a_models_own_system_text_is_added_to_the_rules_about_passages():
    assert system_text("", "files") == system_text(" ", "model") == SYSTEM
    for mode in ("files", "both", "auto"):
        text = system_text("You speak like a pirate.", mode)
        assert text.startswith("You speak like a pirate.")
        assert text.endswith(SYSTEM)
    assert system_text("You speak like a pirate.", "model") == "You speak like a pirate."


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A profile with the samples and a long document, made by the real command."""
    folder = tmp_path_factory.mktemp("honest")
    docs = write_samples(folder / "docs")
    parts = [f"## Boiler {n}\n\nThe boiler repair {n} " + "costs much. " * 60 for n in range(9)]
    (docs / "long.md").write_text("\n\n".join(parts))
    assert run(folder, "add", str(docs)).returncode == 0
    return folder


@pytest.mark.parametrize("mode", ["files", "model"])
def test_the_command_line_refuses_a_question_longer_than_the_window_with_numbers(folder, mode):
    done = run(folder, "ask", "boiler repair " * 3000, "--mode", mode, "--json")
    assert done.returncode == 1, done.stderr
    error = json.loads(done.stdout)["error"]
    assert "tokens long" in error["what"]
    assert "4,096 in all" in error["what"]
    assert error["what_to_do"]


def test_what_is_left_out_is_in_the_json(folder):
    answer = document(run(folder, "ask", QUESTION, "--mode", "files", "--json"))
    sent = {hit["passage_id"] for hit in answer["passages"]}
    left = {out["id"] for out in answer["left_out"] if out["kind"] == "passage"}
    assert left
    assert not sent & left


@pytest.mark.engine
def test_the_overhead_of_the_template_is_measured(tmp_path):
    model = ModelProcess()
    request = LoadModel(path=str(write_tiny(tmp_path / "tiny.gguf")), threads=1)
    loaded = list(model.load(request, threading.Event()))[-1]
    # Control tokens (X) are one token each, and so are letters, but for the merged "an".
    assert loaded.chat_overhead == len("XsystemnXnXusernXnXassistantn") - 1
    assert loaded.turn_overhead == len("XassistantnXnXusernXn") - 1
    model.close()
