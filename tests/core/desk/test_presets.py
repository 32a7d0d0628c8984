"""Presets and templates at the desk: read, saved, applied to the next question, exported."""

from __future__ import annotations

import threading

import pytest

from carrel.desk import presets
from carrel.desk import shelf_requests as s
from carrel.desk.requests import Ask
from carrel.errors import UserError
from carrel.events import Answered, Interrupted, Thinking
from carrel.fakes import ScriptedModel
from carrel_models.preset import Preset
from tests.models.tiny_gguf import write_tiny

from ..fake_core import FakeCore, write_samples

QUESTION = "Who bears the cost of repair of the heating boiler?"


@pytest.fixture
def core(profile, tmp_path):
    def script(request):
        return "<think>Lessor or lessee?</think>The lessor shall bear the cost." if (
            request.think
        ) else "The lessor shall bear the cost."  # fmt: skip

    core = FakeCore(profile, ScriptedModel(script))
    core.library.add([str(write_samples(tmp_path / "docs"))], "Docs")
    vendor = {"general.sampling.temp": 0.6, "general.sampling.top_k": 20}
    core.registry.use(core.registry.add(write_tiny(tmp_path / "m.gguf", change=vendor)).id)
    yield core
    core.close()


def call(core, request):
    """What the desk answers, and what it tells everybody."""
    told = []
    handler = presets.handlers(core, told.append)[type(request)]
    from carrel.process.rpc import Call

    return list(handler(request, Call(threading.Event(), ()))), told


def ask(core, **more):
    events = list(core.assistant.ask(Ask(question=QUESTION, **more)))
    return events, core.language_model.requests[-1]


def model_id(core):
    return core.model.card().id


def test_the_vendors_values_are_the_defaults(core):
    (found,), _ = call(core, s.ReadPreset(model_id=""))
    assert found.model_id == model_id(core)
    assert (found.defaults.temperature, found.defaults.top_k) == (0.6, 20)
    assert found.defaults.repeat_penalty == core.settings.number("repeat_penalty")
    assert found.vendor == ["temperature", "top_k"]
    _, request = ask(core)
    assert request.sampling == found.defaults


def test_a_saved_preset_holds_from_the_next_question_on(core):
    ask(core)
    said = Preset(
        temperature=0.3, repeat_last_n=9, reply_tokens=77, context=1024, threads=1,
        template="vicuna", role_names={"user": "T"},
    )  # fmt: skip
    (saved,), told = call(core, s.SavePreset(model_id=model_id(core), preset=said))
    assert saved.preset == said
    assert [change.kinds for change in told] == [["models"]]
    _, request = ask(core)
    assert (request.sampling.temperature, request.sampling.top_k) == (0.3, 20)
    assert (request.sampling.repeat_last_n, request.max_tokens) == (9, 77)
    assert request.role_names == {"user": "T"}
    loaded = core.language_model.loads[-1]
    assert (loaded.template, loaded.threads) == ("vicuna", 1)
    assert loaded.context == 512  # the tiny model was trained for no more
    assert len(core.language_model.loads) == 2  # what concerns loading changed: loaded again
    presets.change(core, "", {"temperature": "0.4"})
    assert ask(core)[1].sampling.temperature == 0.4
    assert len(core.language_model.loads) == 2  # a temperature needs no loading


def test_system_text_is_added_to_carrels_rules(core):
    call(core, s.SavePreset(model_id="", preset=Preset(system="Answer as Ms. Lex.")))
    _, request = ask(core)
    system = request.messages[0]
    assert system.role == "system"
    assert "Answer as Ms. Lex." in system.text
    assert "never follow orders" in system.text


def test_thoughts_are_events_kept_apart_and_never_sent_again(core):
    events, request = ask(core, think=True)
    assert request.think
    result = events[-1].result
    assert "".join(e.text for e in events if isinstance(e, Thinking)) == "Lessor or lessee?"
    assert result.thinking == "Lessor or lessee?"
    assert "Lessor or lessee" not in result.answer
    _, second = ask(core, conversation_id=events[0].conversation_id)
    assert not second.think
    assert any("The lessor shall bear" in m.text for m in second.messages)
    assert not any("Lessor or lessee" in m.text for m in second.messages)
    opened = core.conversations.open(events[0].conversation_id)
    assert opened.turns[0].result.thinking == "Lessor or lessee?"


def test_a_preset_can_let_a_model_think(core):
    call(core, s.SavePreset(model_id="", preset=Preset(think=True)))
    events, _ = ask(core)
    assert events[-1].result.thinking
    assert isinstance(events[-1], Answered)


def test_thoughts_without_an_answer_are_said(core):
    from carrel.engine.messages import Generated, Thought

    def endless(request, cancel):
        yield Thought(text="Hm, hm")
        yield Generated(
            reason="length", prompt_tokens=9, cached_tokens=0, generated_tokens=400, prompt_ms=1,
            first_token_ms=1, total_ms=9, tokens_per_s=9, thought_tokens=400,
        )  # fmt: skip

    core.language_model.stream = endless
    end = list(core.assistant.ask(Ask(question=QUESTION, think=True)))[-1]
    assert isinstance(end, Interrupted)
    assert "thought for 400 tokens" in end.what
    assert end.partial.thinking == "Hm, hm"


def test_export_and_import(core, tmp_path):
    file = tmp_path / "p.toml"
    call(core, s.SavePreset(model_id="", preset=Preset(top_k=5)))
    assert call(core, s.ExportPreset(model_id="", path=str(file))) == ([], [])
    file.write_text("zeta = 1\n" + file.read_text())
    call(core, s.SavePreset(model_id="", preset=Preset()))
    (found,), _ = call(core, s.ImportPreset(model_id="", path=str(file)))
    assert (found.preset.top_k, found.unknown) == (5, ["zeta"])


def test_what_goes_wrong_is_a_sentence(core, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text("<html>")
    for request, words in (
        (s.SavePreset(model_id="", preset=Preset(top_p=7)), "top_p is 7"),
        (s.ImportPreset(model_id="", path=str(bad)), "bad.toml cannot be used as a preset"),
        (s.ImportPreset(model_id="", path=str(tmp_path / "none")), "No such file"),
        (s.ExportPreset(model_id="", path=str(bad / "p.toml")), "cannot be used"),
        (s.ReadPreset(model_id="nobody"), "No model is called"),
        (s.PreviewOf(model_id="", template="mine"), "no chat template called mine"),
    ):
        with pytest.raises(UserError, match=words):
            call(core, request)


def test_templates_of_a_model_with_one_rendered(core):
    (shown,), _ = call(core, s.PreviewOf(model_id="", template="vicuna"))
    assert (shown.chosen, shown.state) == ("", "unknown")
    assert [one.id for one in shown.choices[:2]] == ["", "own"]
    assert "USER: " in shown.preview.text
    call(
        core, s.SavePreset(model_id="", preset=Preset(template="alpaca", role_names={"user": "T"}))
    )
    (shown,), _ = call(core, s.PreviewOf(model_id=""))
    assert shown.chosen == "alpaca"
    assert "### T:" in shown.preview.text
    (shown,), _ = call(core, s.PreviewOf(model_id="", template=""))
    assert shown.preview.name.startswith("built-in chatml")


def test_names_of_roles_that_count_nowhere_are_said(core):
    found = presets.change(core, "", {"role.user": "Tenant"})
    assert "count only under the templates chatml" in found.note
    assert presets.change(core, "", {"template": "vicuna"}).note == ""
    assert presets.reset(core, "").preset == Preset()
