"""The sizes inside a model that decide how much memory it takes, read from a GGUF header.

A layer's own tensors say most: how wide its keys and values are, and whether it has any (a layer of
a state-space model keeps a state of fixed size instead). Where a tensor is not in this file (a
split model's later parts), the header's numbers take its place. Names are llama.cpp's.
"""

from __future__ import annotations

import re
from collections import defaultdict

import msgspec

from carrel_models.gguf import Array, Header, Tensor
from carrel_models.quantization import tensor_bytes

_BLOCK = re.compile(r"^blk\.(\d+)\.(.+)$")
_CACHE_BYTES = 2  # one number of the KV cache, at 16 bits
_STATE_BYTES = 4  # one number of a recurrent state, at 32 bits
_RECURRENT = ("ssm_", "shortconv.", "time_mix_", "linear_attn")
_MOST_LAYERS = 512  # LLAMA_MAX_LAYERS of llama.cpp


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of a model. Bytes where a name says so, else numbers per token.

    Per layer: `cache_bytes` of the KV cache per token of context, `state_bytes` of a recurrent
    state, `layer_bytes` of weights; `windowed` are the layers that look back only `window` tokens.
    `output_bytes` are the weights after the last layer (the input's again when they are shared).
    """

    width: int
    query: int
    feed_forward: int
    heads: int
    vocabulary: int
    merges: int = 0
    cache_bytes: tuple[int, ...] = ()
    state_bytes: tuple[int, ...] = ()
    layer_bytes: tuple[int, ...] = ()
    input_bytes: int = 0
    output_bytes: int = 0
    window: int = 0
    windowed: tuple[int, ...] = ()

    @property
    def layers(self) -> int:
        return len(self.layer_bytes)

    @property
    def all_layers(self) -> int:
        """The layers as llama.cpp counts them for offloading: the output counts as one more."""
        return self.layers + 1


def shape_of(header: Header) -> Shape | None:
    """The sizes of a model, None where the header does not tell how many layers and heads it has.

    A header that contradicts itself gives an estimate that is off, not an error. Raises BadGguf for
    a tensor stored in a way that nobody can read.
    """
    facts = _Facts(header)
    blocks, width = facts.integer("block_count"), facts.integer("embedding_length")
    if not 0 < blocks <= _MOST_LAYERS or width <= 0:
        return None
    tensors = _by_layer(header.tensors)
    heads = max((facts.layer("attention.head_count", layer) for layer in range(blocks)), default=0)
    query = facts.integer("attention.key_length") * heads or width
    outside = {tensor.name: tensor for tensor in header.tensors if not _BLOCK.match(tensor.name)}
    given = outside.get("token_embd.weight")
    window = facts.integer("attention.sliding_window")
    return Shape(
        width=width,
        query=query,
        feed_forward=_feed_forward(facts, blocks),
        heads=heads,
        vocabulary=facts.vocabulary(),
        merges=facts.length("tokenizer.ggml.merges"),
        cache_bytes=tuple(_cache_bytes(facts, tensors[n], n, blocks) for n in range(blocks)),
        state_bytes=tuple(_state_bytes(facts, tensors[n]) for n in range(blocks)),
        layer_bytes=tuple(sum(map(tensor_bytes, tensors[n].values())) for n in range(blocks)),
        input_bytes=tensor_bytes(given) if given else 0,
        output_bytes=_output_bytes(outside, given),
        window=window,
        windowed=_windowed(facts, blocks) if window else (),
    )


class _Facts:
    """The numbers of a header, without its architecture in front; 0 where there is none."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._prefix = header.text("general.architecture")

    def integer(self, name: str) -> int:
        value = self._header.integer(f"{self._prefix}.{name}")
        return value if value is not None and 0 < value < 1 << 32 else 0

    def layer(self, name: str, layer: int) -> int:
        """A number that may be given once for all layers or per layer."""
        value = self._header.metadata.get(f"{self._prefix}.{name}")
        if isinstance(value, Array):
            values = value.values or ()
            one = values[layer] if layer < len(values) else 0
            return one if isinstance(one, int) and 0 < one < 1 << 32 else 0
        return self.integer(name)

    def listed(self, name: str) -> tuple[object, ...] | None:
        value = self._header.metadata.get(f"{self._prefix}.{name}")
        return tuple(value.values or ()) if isinstance(value, Array) else None

    def length(self, key: str) -> int:
        value = self._header.metadata.get(key)
        return value.length if isinstance(value, Array) else 0

    def vocabulary(self) -> int:
        return self.length("tokenizer.ggml.tokens") or self.integer("vocab_size")


def _by_layer(tensors: list[Tensor]) -> dict[int, dict[str, Tensor]]:
    layers: dict[int, dict[str, Tensor]] = defaultdict(dict)
    for tensor in tensors:
        if match := _BLOCK.match(tensor.name):
            layers[int(match[1])][match[2]] = tensor
    return layers


def _feed_forward(facts: _Facts, blocks: int) -> int:
    """The widest layer in between: of a mixture of experts, that of all experts in use."""
    dense = max((facts.layer("feed_forward_length", n) for n in range(blocks)), default=0)
    experts = facts.integer("expert_feed_forward_length") * facts.integer("expert_used_count")
    return max(dense, experts)


def _cache_bytes(facts: _Facts, tensors: dict[str, Tensor], layer: int, blocks: int) -> int:
    """Keys and values of one token in one layer.

    A layer of latent attention (MLA) keeps one short vector for both; layers that share an earlier
    layer's cache keep none, and neither do recurrent layers.
    """
    if layer >= blocks - facts.integer("attention.shared_kv_layers"):
        return 0
    latent = tensors.get("attn_kv_a_mqa.weight")
    if latent and facts.integer("attention.key_length_mla"):
        return latent.shape[-1] * _CACHE_BYTES
    keys, values = tensors.get("attn_k.weight"), tensors.get("attn_v.weight")
    if keys and values and len(keys.shape) == len(values.shape) == 2:
        return (keys.shape[1] + values.shape[1]) * _CACHE_BYTES
    attends = any(name.startswith("attn_") and "norm" not in name for name in tensors)
    if (tensors and not attends) or _is_recurrent(tensors):
        return 0
    heads = facts.layer("attention.head_count", layer)
    kv_heads = facts.layer("attention.head_count_kv", layer) or heads
    each = facts.integer("embedding_length") // heads if heads else 0
    width = (facts.integer("attention.key_length") or each) + (
        facts.integer("attention.value_length") or each
    )
    return kv_heads * width * _CACHE_BYTES


def _is_recurrent(tensors: dict[str, Tensor]) -> bool:
    return any(name.startswith(_RECURRENT) for name in tensors)


def _state_bytes(facts: _Facts, tensors: dict[str, Tensor]) -> int:
    """The state of a recurrent layer (llama.cpp's n_embd_r and n_embd_s), whatever the context."""
    if not _is_recurrent(tensors):
        return 0
    width = facts.integer("embedding_length")
    if head := facts.integer("wkv.head_size"):
        return (2 * width + width * head) * _STATE_BYTES
    if short := facts.integer("shortconv.l_cache"):
        return width * (short - 1) * _STATE_BYTES
    inner, size = facts.integer("ssm.inner_size"), facts.integer("ssm.state_size")
    convolved = inner + 2 * facts.integer("ssm.group_count") * size
    return (max(0, facts.integer("ssm.conv_kernel") - 1) * convolved + inner * size) * _STATE_BYTES


def _output_bytes(outside: dict[str, Tensor], given: Tensor | None) -> int:
    """The output matrix and norm; a model without its own matrix uses that of the input again."""
    size = sum(
        tensor_bytes(tensor) for name, tensor in outside.items() if name.startswith("output")
    )
    if "output.weight" not in outside and given:
        size += tensor_bytes(given)
    return size


def _windowed(facts: _Facts, blocks: int) -> tuple[int, ...]:
    """Layers with a sliding window: as listed, or all but every n-th, else none for sure."""
    listed = facts.listed("attention.sliding_window_pattern")
    if listed is not None:
        return tuple(n for n, one in enumerate(listed[:blocks]) if one)
    every = facts.integer("attention.sliding_window_pattern")
    return tuple(n for n in range(blocks) if every > 1 and n % every != every - 1)
