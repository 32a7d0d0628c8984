"""PEFT folders that cannot be converted, each with a sentence; the numbers are checked in
tests/core/engine/test_peft_logits.py."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

from carrel_models.adapter import read_adapter
from carrel_models.peft import BadPeft, convert

from .tiny_gguf import write_tiny

Q = "base_model.model.model.layers.0.self_attn.q_proj"
CONFIG = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "bias": "none",
          "base_model_name_or_path": "some/Tiny"}  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("base") / "base.gguf")


def weights(name=Q, rank=4, columns=64, rows=64):
    return {
        f"{name}.lora_A.weight": np.ones((rank, columns), np.float32),
        f"{name}.lora_B.weight": np.ones((rows, rank), np.float32),
    }


def write_folder(folder, config=None, arrays=None, change=lambda header: header):
    """A PEFT folder; `change` edits the safetensors header before it is written."""
    folder.mkdir(exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps(CONFIG | (config or {})))
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in (weights() if arrays is None else arrays).items():
        end = len(data) + array.nbytes
        kind = "F32" if array.dtype == np.float32 else "I64"
        header[name] = {
            "dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), end]
        }  # fmt: skip
        data += array.tobytes()
    text = json.dumps(change(header)).encode()
    (folder / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)
    return folder


def refused(folder, base, reason):
    target = folder.parent / "out.gguf"
    with pytest.raises(BadPeft, match=reason):
        convert(folder, base, target)
    assert not target.exists()


def test_a_folder_becomes_an_adapter(tmp_path, base):
    convert(write_folder(tmp_path / "tone"), base, tmp_path / "out.gguf", "My tone")
    card = read_adapter(tmp_path / "out.gguf")
    assert (card.name, card.base_model, card.rank, card.alpha) == ("My tone", "some/Tiny", 4, 8.0)


def test_a_local_path_of_the_base_is_not_written_into_the_adapter(tmp_path, base):
    folder = write_folder(tmp_path / "tone", {"base_model_name_or_path": "/home/ada/secret/Tiny"})
    convert(folder, base, tmp_path / "out.gguf")
    assert b"secret" not in (tmp_path / "out.gguf").read_bytes()


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"peft_type": "IA3"}, "of the kind IA3, not LoRA"),
        ({"use_dora": True}, "DoRA"),
        ({"bias": "lora_only"}, "trained biases"),
        ({"modules_to_save": ["lm_head"]}, "whole trained modules .lm_head."),
        ({"fan_in_fan_out": True}, "transposed"),
        ({"trainable_token_indices": [1]}, "single trained tokens"),
        ({"layer_replication": [[0, 1]]}, "repeats layers"),
        ({"target_parameters": ["experts.up"]}, "single parameters"),
        ({"init_lora_weights": "pissa_niter_4"}, "changed the base model itself"),
        ({"alpha_pattern": {"(a+)+$": 4}}, "too intricate"),
        ({"rank_pattern": {"q_proj": 8}}, "is 4, and adapter_config.json says otherwise"),
        ({"lora_alpha": 0}, "alpha is not a positive number"),
        ({"r": "four"}, "cannot be read"),
    ],
)
def test_what_llama_cpp_cannot_do_is_refused_with_a_reason(tmp_path, base, config, reason):
    refused(write_folder(tmp_path / "peft", config), base, reason)


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({}, "changes nothing"),
        (weights("base_model.model.model.layers.0.mlp.experts.0.w1"), "cannot be converted"),
        (weights("base_model.model.model.norm"), "changes norm, which cannot"),
        ({f"{Q}.lora_A.weight": np.ones((4, 64), np.float32)}, "only one half"),
        ({f"{Q}.lora_magnitude_vector": np.ones(64, np.float32)}, "no half of a LoRA pair"),
        (weights(columns=2048), "2,048 values per token, this one has 64"),
        (weights(rank=8), "says otherwise"),
        (weights(rows=63), "which 4 heads cannot"),
        ({k: v.astype(np.int64) for k, v in weights().items()}, "16-bit or 32-bit"),
    ],
)
def test_weights_that_do_not_belong(tmp_path, base, arrays, reason):
    refused(write_folder(tmp_path / "peft", arrays=arrays), base, reason)


def moved(begin, end):
    def change(header):
        header[f"{Q}.lora_A.weight"]["data_offsets"] = [begin, end]
        return header

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (moved(1 << 40, (1 << 40) + 1024), "outside its file"),
        (moved(-1024, 0), "outside its file"),
        (moved(0, 64), "outside its file"),
        (lambda header: [], "cannot be read"),
        (lambda header: {"x": {"dtype": "F32"}}, "cannot be read"),
        (
            lambda header: {"x": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
            "impossible shape",
        ),
        (lambda header: {"x": {"dtype": "F4", "shape": [1], "data_offsets": [0, 1]}}, "as F4"),
    ],
)
def test_a_safetensors_header_is_not_trusted(tmp_path, base, change, reason):
    refused(write_folder(tmp_path / "peft", change=change), base, reason)


def test_files_that_are_cut_missing_or_not_safe(tmp_path, base):
    folder = write_folder(tmp_path / "peft")
    file = folder / "adapter_model.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[:-16])
    refused(folder, base, "outside its file")
    file.write_bytes(struct.pack("<Q", 1 << 60) + data[8:])
    refused(folder, base, "not a safetensors file")
    file.write_bytes(b"")
    refused(folder, base, "not a safetensors file")
    file.rename(folder / "adapter_model.bin")
    refused(folder, base, "can run code")
    (folder / "adapter_config.json").write_text("{" * 100_000)
    refused(folder, base, "cannot be read")
    (folder / "adapter_config.json").unlink()
    refused(folder, base, "is it a PEFT folder")


def test_only_bases_whose_names_are_known(tmp_path):
    base = write_tiny(tmp_path / "g.gguf", change={"general.architecture": "gemma3"})
    refused(write_folder(tmp_path / "peft"), base, "for gemma3 models cannot be converted")
