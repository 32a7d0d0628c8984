"""Files that would abort llama.cpp are refused first; each case was seen to end a process."""

from __future__ import annotations

import math

import pytest

from carrel_models.checks import check_model
from carrel_models.gguf import BadGguf, read_header
from tests.models.gguf_parts import parts_of
from tests.models.tiny_gguf import write_tiny

CASES = {
    "block_count 1000": ({"llama.block_count": 1000}, "promises 1000 layers and the file holds 2"),
    "block_count 0": ({"llama.block_count": 0}, "promises 0 layers"),
    "block_count 3": ({"llama.block_count": 3}, "promises 3 layers"),
    "head_count 0": ({"llama.attention.head_count": 0}, "0 as head_count"),
    "embedding 0": ({"llama.embedding_length": 0}, "0 as embedding_length"),
    "experts 5000": ({"llama.expert_count": 5000}, "5000"),
    "experts unused": ({"llama.expert_count": 2}, "none of them is used"),
    "ahead 3 of 2": ({"llama.nextn_predict_layers": 3}, "3 layers that look ahead"),
    "epsilon -1": ({"llama.attention.layer_norm_rms_epsilon": -1.0}, "-1.0 as layer_norm_rms"),
    "epsilon nan": ({"llama.attention.layer_norm_rms_epsilon": math.nan}, "nan as layer_norm_rms"),
    "alignment 4": ({"general.alignment": 4, "general.url": "x"}, "multiple of 32 bytes"),
    "experts 9 of 2": ({"llama.expert_count": 2, "llama.expert_used_count": 9}, "9 experts"),
}


@pytest.mark.parametrize("name", CASES)
def test_impossible_sizes_are_refused(tmp_path, name):
    change, words = CASES[name]
    header = read_header(write_tiny(tmp_path / "bad.gguf", change=change))
    with pytest.raises(BadGguf, match=words):
        check_model(header)


def test_missing_layer_is_refused(tmp_path):
    header = read_header(write_tiny(tmp_path / "bad.gguf", drop="blk.1."))
    with pytest.raises(BadGguf, match="promises 2 layers and the file holds 1"):
        check_model(header)


def test_weights_given_as_whole_numbers_are_refused(tmp_path):
    path = write_tiny(tmp_path / "bad.gguf")
    parts = parts_of(path.read_bytes())
    next(t for t in parts.tensors if t.name == b"blk.1.attn_q.weight").kind = 26
    path.write_bytes(parts.encoded())
    with pytest.raises(BadGguf, match=r"'blk.1.attn_q.weight' are given as whole numbers"):
        check_model(read_header(path))


def test_truncated_weights_are_refused(tmp_path):
    path = write_tiny(tmp_path / "cut.gguf")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BadGguf, match="cut short"):
        check_model(read_header(path))


def test_good_model_passes(tmp_path):
    check_model(read_header(write_tiny(tmp_path / "good.gguf")))
    per_layer = {"llama.attention.head_count": [4, 4], "llama.attention.head_count_kv": [2, 0]}
    check_model(read_header(write_tiny(tmp_path / "layers.gguf", change=per_layer)))
