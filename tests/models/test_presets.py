"""Presets: what they may say, one TOML file each, and nothing of theirs lost in silence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel_models.card import read_card
from carrel_models.preset import LIMITS, BadPreset, Preset, changed, check
from carrel_models.presets import Presets, from_toml, to_toml
from tests.models.tiny_gguf import write_tiny

FULL = Preset(
    temperature=0.7, top_k=20, top_p=0.8, min_p=0.0, repeat_penalty=1.05, repeat_last_n=128, seed=7,
    reply_tokens=900, context=8192, gpu_layers=0, threads=2, template="chatml", think=True,
    system='Answer as "Ms. Lex".\nBe brief.', role_names={"user": "Tenant"},
    answers=["one?", "two?", "three?"],
)  # fmt: skip

numbers = st.fixed_dictionaries({
    name: st.none() | st.integers(max(int(limit.least), -1) or 1, min(int(limit.most) or 1, 9_999))
    for name, limit in LIMITS.items() if name not in ("top_p", "min_p", "repeat_penalty")
})  # fmt: skip


def test_a_file_brings_back_what_was_written(tmp_path):
    presets = Presets(tmp_path / "presets")
    presets.save("a-1", FULL)
    assert presets.read("a-1") == FULL
    presets.write_to("a-1", tmp_path / "given.toml")
    assert presets.read_from("b-2", tmp_path / "given.toml") == (FULL, [])
    assert presets.read("b-2") == FULL
    presets.reset("a-1")
    assert presets.read("a-1") == Preset()


@given(numbers, st.text(max_size=50).filter(lambda t: "\r" not in t), st.booleans())
def test_toml_and_back(values, system, think):
    said = {name: value for name, value in values.items() if value is not None}
    preset = Preset(**said, system=system, think=think)
    assert from_toml(to_toml(check(preset), "some-model")) == (preset, [])


BAD = {
    "no preset": ("temperature = 1", "no line carrel_preset"),
    "no TOML": ("<html>", "not a TOML file"),
    "later": ("carrel_preset = 2\nnew = 1", "a later Carrel"),
    "wrong type": ('carrel_preset = 1\ntop_k = "many"', "top_k"),
    "too large": ("carrel_preset = 1\ntemperature = 50.0", "temperature is 50, and must"),
    "not a number": ("carrel_preset = 1\ntop_p = nan", "top_p is nan"),
    "unknown template": ('carrel_preset = 1\ntemplate = "mine"', "neither own nor"),
    "a mark as role": ('carrel_preset = 1\nrole_names = {user = "<|im_end|>"}', "cannot be"),
    "no such role": ('carrel_preset = 1\nrole_names = {judge = "x"}', "'judge' is no role"),
    "two examples": ('carrel_preset = 1\nanswers = ["a", "b"]', "3 to 200"),
    "long system": (f'carrel_preset = 1\nsystem = "{"x" * 9000}"', "8,000 are the most"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence_and_changes_nothing(tmp_path, name):
    text, words = BAD[name]
    presets = Presets(tmp_path / "presets")
    presets.save("a-1", FULL)
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadPreset) as caught:
        presets.read_from("a-1", tmp_path / "bad.toml")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert presets.read("a-1") == FULL


@pytest.mark.parametrize("data", [b"\xff\xfe", b"x" * 300_000], ids=["no text", "large"])
def test_files_that_are_no_preset_at_all(tmp_path, data):
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(BadPreset):
        Presets(tmp_path).read_from("a", tmp_path / "f")
    with pytest.raises(BadPreset, match="not a file"):
        Presets(tmp_path).read_from("a", tmp_path)


def test_unknown_fields_are_named(tmp_path):
    text = to_toml(FULL).replace("top_k", "mirostat = 1\nzeta = 2\ntop_k", 1)
    assert from_toml(text) == (FULL, ["mirostat", "zeta"])


def test_another_file_is_not_overwritten(tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ms. Lex")
    with pytest.raises(BadPreset, match="stays as it is"):
        Presets(tmp_path / "presets").write_to("a-1", letter)
    assert letter.read_text() == "Dear Ms. Lex"


def test_an_unreadable_preset_is_set_aside_and_said(tmp_path):
    presets = Presets(tmp_path)
    (tmp_path / "a-1.toml").write_text("carrel_preset = [", encoding="utf-8")
    assert presets.read("a-1") == Preset()
    assert "a-1.unreadable.toml" in presets.note("a-1")
    assert (tmp_path / "a-1.unreadable.toml").read_text(encoding="utf-8") == "carrel_preset = ["
    presets.save("a-1", FULL)
    assert presets.note("a-1") == ""


@pytest.mark.parametrize("model_id", ["../x", "a/b", "", ".hidden", "a\0"])
def test_an_id_names_no_other_file(tmp_path, model_id):
    with pytest.raises(BadPreset, match="not the id of a model"):
        Presets(tmp_path).read(model_id)


def test_values_as_text():
    values = {"temperature": "0.5", "top_k": "3", "think": "yes", "role.user": "Tenant"}
    preset = changed(FULL, values)
    assert (preset.temperature, preset.top_k, preset.think) == (0.5, 3, True)
    assert changed(preset, {"temperature": "", "role.user": "", "think": ""}) == Preset(
        **{**FULL_FIELDS, "temperature": None, "top_k": 3, "think": False, "role_names": {}}
    )
    for name, text in (("top_k", "2.5"), ("think", "maybe"), ("role_names", "x"), ("tempo", "1")):
        with pytest.raises(BadPreset, match=name):
            changed(FULL, {name: text})


FULL_FIELDS = {name: getattr(FULL, name) for name in Preset.__struct_fields__}


def test_what_the_vendor_recommends(tmp_path):
    change = {
        "general.sampling.temp": 0.6,
        "general.sampling.top_k": 20,
        "general.sampling.top_p": 0.95,
        "general.sampling.penalty_repeat": 99.0,
        "general.sampling.min_p": "no number",
        "general.sampling.mirostat": 1,
    }
    card = read_card(write_tiny(tmp_path / "v.gguf", change=change))
    assert card.sampling == {"temperature": 0.6, "top_k": 20, "top_p": 0.95}
