"""Loads a GGUF as a torch model for training: its own numbers, dequantized to 32-bit floats.

    load_base(path) -> transformers' LlamaForCausalLM (or Qwen2, Qwen3), frozen

So an adapter is trained on exactly the weights that llama.cpp will run it on. Nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from carrel_models.gguf import BadGguf, Header, Tensor, read_header
from carrel_models.peft import ARCHITECTURES, MATRICES
from carrel_models.quantization import tensor_bytes
from carrel_models.tuning.dequantizing import Floats, UnknownType, dequantize

_OUTER = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_INNER = {
    **{theirs: ours for ours, theirs in MATRICES.items()},
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
}
_BLOCK = re.compile(r"blk\.(\d{1,4})\.(\w+)\.(weight|bias)")
_SCALED = (".rope.scaling.type", ".rope.scaling.factor", ".expert_count")


class CannotTrain(ValueError):
    """This base cannot be trained here; the message is one sentence for people."""


def load_base(path: Path) -> Any:
    """The model in this file as a frozen transformers model in float32, in evaluation mode.

    Raises CannotTrain with the reason, BadGguf, OSError, and ImportError when torch or transformers
    is not installed.
    """
    import torch
    import transformers

    header = read_header(path)
    architecture = _architecture(header)
    known = {
        "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM),
        "qwen2": (transformers.Qwen2Config, transformers.Qwen2ForCausalLM),
        "qwen3": (transformers.Qwen3Config, transformers.Qwen3ForCausalLM),
    }
    make_config, make_model = known[architecture]
    config = make_config(**_shape(header, architecture))
    with torch.device("meta"):
        model = make_model(config)
    state = {name: torch.from_numpy(values) for name, values in _weights(path, header)}
    if config.tie_word_embeddings:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    missing, _ = model.load_state_dict(state, strict=False, assign=True)
    if missing:
        raise CannotTrain(f"{path.name} lacks {missing[0]}, which a {architecture} model has.")
    model.model.rotary_emb = type(model.model.rotary_emb)(config)  # its table is not in the file
    return model.requires_grad_(False).eval()


def _architecture(header: Header) -> str:
    architecture = header.text("general.architecture")
    if architecture not in ARCHITECTURES:
        raise CannotTrain(
            f"Adapters for {architecture or 'unknown'} models cannot be trained; "
            f"those for {', '.join(ARCHITECTURES)} can."
        )
    if any(tensor.name == "rope_freqs.weight" for tensor in header.tensors) or any(
        header.metadata.get(architecture + key) not in (None, 0, "none") for key in _SCALED
    ):
        raise CannotTrain("This model stretches its positions or mixes experts; it is not trained.")
    return architecture


def _shape(header: Header, architecture: str) -> dict[str, Any]:
    """The sizes that transformers' configuration wants. Raises CannotTrain when one is missing."""

    def number(key: str) -> Any:
        value = header.metadata.get(f"{architecture}.{key}")
        if not isinstance(value, int | float):
            raise CannotTrain(f"The header does not say {architecture}.{key}.")
        return value

    width, heads = number("embedding_length"), number("attention.head_count")
    own = header.metadata.get(f"{architecture}.attention.key_length")
    base = header.metadata.get(f"{architecture}.rope.freq_base", 10000.0)
    sizes = {tensor.name: tensor.shape for tensor in header.tensors}
    return {
        "vocab_size": sizes["token_embd.weight"][1],
        "hidden_size": width,
        "intermediate_size": number("feed_forward_length"),
        "num_hidden_layers": number("block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": header.metadata.get(
            f"{architecture}.attention.head_count_kv", heads
        ),
        "head_dim": own if isinstance(own, int) else width // heads,
        "rms_norm_eps": number("attention.layer_norm_rms_epsilon"),
        "max_position_embeddings": number("context_length"),
        "rope_parameters": {"rope_type": "default", "rope_theta": float(base)},  # type: ignore[arg-type]
        "tie_word_embeddings": "output.weight" not in sizes,
        "attn_implementation": "sdpa",
    }


def _weights(path: Path, header: Header) -> Iterator[tuple[str, Floats]]:
    """transformers' names and values, one tensor after another."""
    for tensor in header.tensors:
        name = _name(tensor)
        values = tensor_values(path, header, tensor)
        if name.endswith("_proj.weight"):
            values = rows_apart(values, name.split(".")[-2], header)
        yield name, values


def rows_apart(values: Floats, projection: str, header: Header) -> Floats:
    """The rows of a llama's query and key projections in the order of transformers; those of others
    as they are. `header` is the base's."""
    if header.text("general.architecture") != "llama" or projection not in ("q_proj", "k_proj"):
        return values
    heads = header.metadata["llama.attention.head_count"]
    if projection == "k_proj":
        heads = header.metadata.get("llama.attention.head_count_kv", heads)
    return _halves(values, int(heads))  # type: ignore[arg-type]


def _name(tensor: Tensor) -> str:
    found = _BLOCK.fullmatch(tensor.name)
    inner = _INNER.get(found[2]) if found else None
    if found and inner:
        return f"model.layers.{int(found[1])}.{inner}.{found[3]}"
    if tensor.name in _OUTER:
        return _OUTER[tensor.name]
    raise CannotTrain(f"The model holds {tensor.name}, which is not known here.")


def tensor_values(path: Path, header: Header, tensor: Tensor) -> Floats:
    """A tensor as float32, rows first: (out, in) for a matrix. Raises BadGguf and CannotTrain."""
    with path.open("rb") as file:
        file.seek(header.data_offset + tensor.offset)
        data = file.read(tensor_bytes(tensor))
    if len(data) != tensor_bytes(tensor):
        raise BadGguf(f"{path.name} ends inside {tensor.name}.")
    try:
        return dequantize(data, tensor.type).reshape(tuple(reversed(tensor.shape)))
    except UnknownType as error:
        raise CannotTrain(str(error)) from error


def _halves(values: Floats, heads: int) -> Floats:
    """Rows (pair, half) of each head, as llama.cpp keeps them, become (half, pair)."""
    rows, columns = values.shape
    split = values.reshape(heads, rows // heads // 2, 2, columns)
    return np.ascontiguousarray(split.swapaxes(1, 2)).reshape(rows, columns)
