"""Files that are no usable chat model: one sentence with the reason, in this very process."""

from __future__ import annotations

import threading

import pytest

from carrel.engine.inline import InlineModel
from carrel.engine.messages import LoadModel
from carrel.errors import UserError
from tests.models.tiny_gguf import write_gguf, write_tiny

from .conftest import answer, chat

pytestmark = pytest.mark.engine


def refusal(path, **settings):
    model = InlineModel()
    with pytest.raises(UserError) as caught:
        list(model.load(LoadModel(path=str(path), **settings), threading.Event()))
    assert model.loaded() is None
    error = caught.value
    assert "\n" not in error.what
    assert error.what.rstrip(")").endswith((".", '"')) or error.what.endswith(").")
    assert error.what_to_do.endswith(".")
    model.close()
    return error


@pytest.mark.parametrize("engine", ["llama", "simple"])
def test_missing_file(tmp_path, engine):
    error = refusal(tmp_path / "none.gguf", engine=engine)
    assert (error.code, "is not there" in error.what) == ("model_missing", True)


def test_folder(tmp_path):
    assert refusal(tmp_path).code == "model_missing"


@pytest.mark.parametrize("engine", ["llama", "simple"])
def test_web_page_saved_as_a_model(tmp_path, engine):
    path = tmp_path / "page.gguf"
    path.write_text("<!DOCTYPE html><html><body>404</body></html>")
    error = refusal(path, engine=engine)
    assert error.what == (
        "The model page.gguf cannot be loaded: the file is a web page, not a GGUF model: "
        "the download got a page instead."
    )


@pytest.mark.parametrize("part", [0.001, 0.1, 0.6, 0.999])
def test_truncated_file(tmp_path, part):
    path = write_tiny(tmp_path / "cut.gguf")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    error = refusal(path)
    assert error.code == "model_broken"
    assert "cut short" in error.what or "not copied completely" in error.what


KINDS = {
    "adapter": ({"general.type": "adapter"}, "is an adapter, not a whole model"),
    "embedder": ({"general.architecture": "bert"}, "is an embedding model"),
    "projector": ({"general.type": "mmproj"}, "is the picture part of a model"),
    "later part": ({"split.no": 1, "split.count": 2}, "is a later part of a model"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_files_that_are_no_chat_model(tmp_path, kind):
    change, words = KINDS[kind]
    error = refusal(write_tiny(tmp_path / "m.gguf", change=change))
    assert (error.code, words in error.what) == ("not_a_chat_model", True)


def test_vocabulary_alone(tmp_path):
    error = refusal(write_tiny(tmp_path / "v.gguf", drop="weight"))
    assert "holds a vocabulary and no weights" in error.what


BROKEN = {
    "1000 layers": ({"llama.block_count": 1000}, "promises 1000 layers"),
    "wrong width": (
        {"llama.attention.head_count_kv": 3},
        "tensor 'blk.0.attn_k.weight' has wrong shape",
    ),
    "no tokens": ({"tokenizer.ggml.tokens": None}, "cannot find tokenizer vocab"),
    "no rope": ({"llama.rope.dimension_count": 7}, "invalid n_rot"),
    "no epsilon": ({"llama.attention.layer_norm_rms_epsilon": None}, "key not found in model"),
    "no vocabulary": ({"tokenizer.ggml.model": "no_vocab"}, "wrong shape"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_llama_cpps_own_reason_is_told(tmp_path, name):
    change, words = BROKEN[name]
    assert words in refusal(write_tiny(tmp_path / "b.gguf", change=change)).what


def test_the_simple_engine_tells_the_reason_too(tmp_path):
    path = write_tiny(tmp_path / "b.gguf", change={"llama.rope.dimension_count": 7})
    assert "invalid n_rot" in refusal(path, engine="simple").what


def test_a_broken_template_counts_only_where_it_was_approved(load, tmp_path):
    path = write_tiny(tmp_path / "b.gguf", change={"tokenizer.chat_template": "{{ "})
    assert "chat template" in refusal(path, template="own").what
    assert load(path).loaded().template == "built-in chatml"


def test_missing_tensor(tmp_path):
    error = refusal(write_tiny(tmp_path / "b.gguf", drop="output_norm"))
    assert "tensor 'output_norm.weight' not found" in error.what


@pytest.mark.parametrize(
    "change", [{"general.architecture": "futurama"}, {"tokenizer.ggml.pre": "futurama"}]
)
def test_unknown_kinds_point_to_a_newer_version(tmp_path, change):
    if "general.architecture" in change:
        change = {**change, "futurama.block_count": 2}
    error = refusal(write_tiny(tmp_path / "new.gguf", change=change))
    assert error.code == "model_unknown"
    assert "futurama" in error.what


def test_a_model_larger_than_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("carrel.engine.placing.available_memory", lambda: 530_000_000)
    error = refusal(write_tiny(tmp_path / "large.gguf", context=4096))
    assert error.code == "model_too_large"


def test_no_metadata_at_all(tmp_path):
    assert "architecture" in refusal(write_gguf(tmp_path / "empty.gguf", {}, {})).what


def test_a_good_model_loads_after_a_bad_one(tmp_path, load, tiny):
    refusal(write_tiny(tmp_path / "b.gguf", change={"llama.rope.dimension_count": 7}))
    assert answer(load(tiny), chat("Hi"), max_tokens=3)[1].generated_tokens == 3


def test_a_bad_model_leaves_none_loaded(tmp_path, load, tiny):
    model = load(tiny)
    bad = write_tiny(tmp_path / "b.gguf", change={"llama.rope.dimension_count": 7})
    with pytest.raises(UserError):
        list(model.load(LoadModel(path=str(bad)), threading.Event()))
    with pytest.raises(UserError, match="No model is loaded"):
        answer(model, chat("Hi"))
