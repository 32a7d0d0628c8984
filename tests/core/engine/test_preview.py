"""Previews of templates: rendered in the worker, with nothing loaded and nothing lost."""

from __future__ import annotations

import time

import pytest

from carrel.engine.client import ModelProcess
from carrel.engine.messages import PreviewTemplate
from carrel.engine.preview import LONGEST, preview
from carrel.errors import UserError
from tests.models.tiny_gguf import more_tokens, write_tiny

from .conftest import answer, chat
from .test_client import load

pytestmark = pytest.mark.engine

HOSTILE = {
    "an endless loop": "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in"
    " range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
    "a huge text": "{% for a in range(99999) %}{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaa' }}{% endfor %}",
    "tricks": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "broken": "{{ messages[0",
}


@pytest.fixture
def process():
    model = ModelProcess()
    yield model
    model.close()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_makes_a_problem_in_time(process, tiny, tmp_path, name):
    load(process, tiny)
    pid = process.pid
    before = answer(process, chat("Hi"), max_tokens=3)[0]
    # Words of ChatML in it make Carrel compare it with that family.
    path = write_tiny(tmp_path / "h.gguf", template="<|im_start|><|im_end|>" + HOSTILE[name])
    start = time.monotonic()
    shown = process.preview(PreviewTemplate(path=str(path), template="own"))
    assert time.monotonic() - start < 4
    assert shown.problem.startswith("The chat template of this model cannot be used: ")
    assert shown.text == ""
    by_itself = process.preview(PreviewTemplate(path=str(path)))
    assert (by_itself.name, by_itself.problem) == ("built-in chatml", "")
    assert (process.pid, process.loaded() is not None) == (pid, True)
    assert answer(process, chat("Hi"), max_tokens=3)[0] == before


def test_the_preview_is_what_the_model_is_sent(load, tmp_path):
    marks = ["<start_of_turn>", "<end_of_turn>"]
    path = write_tiny(tmp_path / "g.gguf", template=None, change=more_tokens(marks, spm=True))
    shown = preview(PreviewTemplate(path=str(path)))
    assert shown.name == load_name(load, path) == "built-in gemma"
    assert shown.text.startswith(
        "<s><start_of_turn>user\nYou answer briefly.\n\nWho pays for the boiler?"
    )
    assert not shown.thinks


def load_name(load, path):
    return load(path).loaded().template


def test_a_refused_system_role_is_said(tmp_path):
    refusing = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no') }}{% endif %}"
        "[{{ m.content }}]{% endfor %}"
    )
    path = write_tiny(tmp_path / "r.gguf", template=refusing)
    shown = preview(PreviewTemplate(path=str(path), template="own"))
    assert shown.merges_system
    assert shown.text.startswith("[You answer briefly.\n\nWho pays")
    assert shown.name == "the model's own (unknown)"


def test_role_names_and_thoughts_are_shown(tiny):
    vicuna = PreviewTemplate(path=str(tiny), template="vicuna", role_names={"user": "Tenant"})
    assert "Tenant: And for painting?" in preview(vicuna).text
    assert preview(PreviewTemplate(path=str(tiny), template="qwen3")).thinks


def test_a_long_vocabulary_is_read_for_its_special_tokens(tmp_path):
    words = [f"w{n}" for n in range(3_000)]
    change = more_tokens([*["<|im_sep|>"], *words])
    path = write_tiny(tmp_path / "l.gguf", template=None, change=change)
    assert preview(PreviewTemplate(path=str(path))).name == "built-in phi4"


def test_long_previews_are_cut_and_wrong_files_refused(tiny, tmp_path):
    long = (
        "{% for m in messages %}{{ m.content }}{% for a in range(9999) %}-{% endfor %}{% endfor %}"
    )
    path = write_tiny(tmp_path / "l.gguf", template=long)
    assert len(preview(PreviewTemplate(path=str(path), template="own")).text) == LONGEST
    with pytest.raises(UserError, match="is not there"):
        preview(PreviewTemplate(path=str(tmp_path / "none.gguf")))
    with pytest.raises(UserError, match="no chat template called"):
        preview(PreviewTemplate(path=str(tiny), template="mine"))
