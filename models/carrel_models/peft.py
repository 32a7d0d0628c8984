"""Turns a PEFT folder (adapter_config.json and adapter_model.safetensors) into a GGUF adapter.

    convert(folder, base_path, target)

For bases of the architectures llama (Mistral and SmolLM2 too), qwen2 and qwen3. PEFT adds
scaling * B(A(x)) with scaling = alpha / r, or alpha / sqrt(r) with rank-stabilized LoRA
(arXiv 2312.03732); llama.cpp adds alpha / rank * B(A(x)). Where the two differ for a matrix, B is
multiplied by the quotient. llama.cpp stores the rows of a llama's query and key matrices in another
order (pairs of a rotation beside each other), so the rows of their B are reordered as well.

What PEFT can do and llama.cpp cannot (DoRA, trained biases, whole trained modules) is refused, not
left out.
"""

from __future__ import annotations

import array
import math
import re
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from carrel_models import safetensors
from carrel_models.adapter import pair, read_base
from carrel_models.gguf import Array, Header, read_header
from carrel_models.gguf_writer import F32, OutTensor, write_gguf
from carrel_models.safetensors import BadSafetensors, Entry

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
ARCHITECTURES = ("llama", "qwen2", "qwen3")
_MAX_CONFIG = 1024 * 1024
MATRICES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_LAYER = re.compile(r"layers\.(\d{1,4})\.(.+)")
_HALF = re.compile(r"(.+)\.lora_(embedding_)?([AB])(?:\.[^.]+)?$")
_PLAIN = re.compile(r"\^?[\w.]+\$?")
_TYPES = ("F32", "BF16", "F16")
_BLOCK = 2 * 1024 * 1024


class BadPeft(ValueError):
    """The folder cannot be converted; the message is one sentence for people."""


class Config(msgspec.Struct):
    """The parts of adapter_config.json that matter. Unknown ones are ignored."""

    peft_type: str = ""
    base_model_name_or_path: str | None = None
    r: int = 8
    lora_alpha: float = 8.0
    use_rslora: bool = False
    rank_pattern: dict[str, int] | None = None
    alpha_pattern: dict[str, float] | None = None
    use_dora: Any = None
    use_qalora: Any = None
    fan_in_fan_out: Any = None
    bias: Any = None
    lora_bias: Any = None
    modules_to_save: Any = None
    layer_replication: Any = None
    target_parameters: Any = None
    trainable_token_indices: Any = None
    alora_invocation_tokens: Any = None
    init_lora_weights: Any = None


class _Half(NamedTuple):
    """A or B of a change: the PEFT module it belongs to, and its place in the GGUF."""

    module: str
    matrix: str
    letter: str
    entry: Entry


def convert(folder: Path, base_path: Path, target: Path, name: str = "") -> None:
    """Write the adapter in `folder` as a GGUF at `target`, for the base model in this file.

    Raises BadPeft with the reason when it cannot be converted or does not fit the base, BadGguf,
    and OSError. Nothing is left at `target` then.
    """
    base = read_header(base_path)
    architecture = base.text("general.architecture")
    if sys.byteorder != "little":
        raise BadPeft("Adapters cannot be converted on a big-endian computer.")
    if architecture not in ARCHITECTURES:
        raise BadPeft(
            f"Adapters for {architecture or 'unknown'} models cannot be converted; "
            f"those for {', '.join(ARCHITECTURES)} can."
        )
    config = read_config(folder)
    weights = folder / WEIGHTS
    if not weights.is_file():
        raise BadPeft(_no_weights(folder))
    try:
        halves = [_half(entry) for entry in safetensors.read_entries(weights)]
        tensors = _tensors(weights, halves, config, base)
        try:
            write_gguf(target, _metadata(config, architecture, name or folder.name), tensors)
            fit = pair(read_header(target), read_base(base_path))
            if not fit.fits:
                raise BadPeft(fit.reason)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    except BadSafetensors as error:
        raise BadPeft(str(error)) from error


def read_config(folder: Path) -> Config:
    """The folder's adapter_config.json. Raises BadPeft when it asks for what cannot be converted,
    and OSError."""
    path = folder / CONFIG
    if not path.is_file():
        raise BadPeft(f"There is no {CONFIG} in {folder.name}; is it a PEFT folder?")
    if path.stat().st_size > _MAX_CONFIG:
        raise BadPeft(f"{CONFIG} is too large to be one.")
    try:
        config = msgspec.json.decode(path.read_bytes(), type=Config, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadPeft(f"{CONFIG} cannot be read: {error}") from error
    for broken, why in _refusals(config):
        if broken:
            raise BadPeft(why)
    return config


def _refusals(config: Config) -> list[tuple[bool, str]]:
    """What llama.cpp cannot do, each with a sentence."""
    start = config.init_lora_weights
    changed = isinstance(start, str) and start.startswith(("pissa", "olora", "corda", "loftq"))
    kind = config.peft_type or "unknown"
    patterns = [*(config.rank_pattern or {}), *(config.alpha_pattern or {})]
    unclear = [one for one in patterns if not _PLAIN.fullmatch(one)]
    sizes = [config.lora_alpha, *(config.alpha_pattern or {}).values()]
    ranks = [config.r, *(config.rank_pattern or {}).values()]
    tokens = config.trainable_token_indices
    return [
        (kind.upper() != "LORA", f"The folder holds an adapter of the kind {kind}, not LoRA."),
        (bool(config.use_dora), "It was trained with DoRA, which llama.cpp cannot compute."),
        (bool(config.use_qalora), "It was trained with QALoRA, which llama.cpp cannot compute."),
        (config.bias not in (None, "none"), "It also holds trained biases, which would be lost."),
        (bool(config.lora_bias), "It also holds trained biases, which would be lost."),
        (bool(config.modules_to_save), f"It holds whole trained modules ({_named(config)}), which "
         "would be lost; merge it into its base model instead."),
        (bool(config.fan_in_fan_out), "Its weights are stored transposed (fan_in_fan_out)."),
        (bool(config.layer_replication), "It repeats layers of its base (layer_replication)."),
        (bool(config.target_parameters), "It changes single parameters (target_parameters)."),
        (bool(tokens), "It holds single trained tokens (trainable_token_indices)."),
        (bool(config.alora_invocation_tokens), "It begins in the middle of a prompt (aLoRA)."),
        (changed, f"Its training changed the base model itself ({start}); convert it with PEFT to "
         "an ordinary LoRA first."),
        (bool(unclear), f"Its pattern {unclear[:1]} is too intricate to be followed."),
        (not all(0 < one < 1e6 and math.isfinite(one) for one in sizes), "Its alpha is not a "
         "positive number."),
        (not all(0 < one < 1 << 16 for one in ranks), "Its rank is not a positive number."),
    ]  # fmt: skip


def _named(config: Config) -> str:
    found = config.modules_to_save
    return ", ".join(map(str, found[:3])) if isinstance(found, list) else str(found)


def _no_weights(folder: Path) -> str:
    if (folder / "adapter_model.bin").exists():
        return (
            "The weights are in adapter_model.bin, a form that can run code when it is opened; "
            "save the adapter as safetensors."
        )
    return f"There is no {WEIGHTS} in {folder.name}."


def _half(entry: Entry) -> _Half:
    """Where a PEFT tensor belongs. Raises BadPeft when it is none that can be converted."""
    found = _HALF.fullmatch(entry.name)
    if found is None:
        raise BadPeft(f"It holds the tensor {entry.name}, which is no half of a LoRA pair.")
    module = found[1].removeprefix("base_model.model.").removeprefix("model.")
    layer = _LAYER.fullmatch(module)
    if found[2]:
        matrix = "token_embd" if module == "embed_tokens" else ""
    elif layer:
        part = MATRICES.get(layer[2], "")
        matrix = f"blk.{int(layer[1])}.{part}" if part else ""
    else:
        matrix = "output" if module == "lm_head" else ""
    if not matrix:
        raise BadPeft(f"It changes {module}, which cannot be converted.")
    if entry.dtype not in _TYPES or len(entry.shape) != 2:
        raise BadPeft(f"The tensor {entry.name} is not a matrix of 16-bit or 32-bit numbers.")
    return _Half(found[1], f"{matrix}.weight", found[3], entry)


def _tensors(weights: Path, halves: list[_Half], config: Config, base: Header) -> list[OutTensor]:
    found = {(half.matrix, half.letter): half for half in halves}
    if len(found) != len(halves):
        raise BadPeft("It holds two changes of one matrix.")
    matrices = sorted({matrix for matrix, _ in found})
    if not matrices:
        raise BadPeft("It changes nothing: it holds no LoRA matrices.")
    tensors: list[OutTensor] = []
    for matrix in matrices:
        a, b = found.get((matrix, "A")), found.get((matrix, "B"))
        if a is None or b is None:
            raise BadPeft(f"It holds only one half of its change to {matrix}.")
        if a.entry.shape[0] != b.entry.shape[1]:
            raise BadPeft(f"The two halves of its change to {matrix} do not fit each other.")
        tensors += [_first(weights, a), _second(weights, b, config, base)]
    return tensors


def _first(weights: Path, half: _Half) -> OutTensor:
    """A: (r, in) as it is; of an embedding (r, vocabulary) llama.cpp wants the transpose."""
    read = _reader(weights, half.entry)
    rows, columns = half.entry.shape
    name = f"{half.matrix}.lora_a"
    if half.matrix != "token_embd.weight":
        return OutTensor(name, (columns, rows), F32, read)

    def transposed() -> bytes:
        old = array.array("f", read())
        new = array.array("f", bytes(len(old) * old.itemsize))
        for row in range(rows):
            new[row::rows] = old[row * columns : (row + 1) * columns]
        return new.tobytes()

    return OutTensor(name, (rows, columns), F32, transposed)


def _second(weights: Path, half: _Half, config: Config, base: Header) -> OutTensor:
    """B: (out, r), with llama's order of rows and with the scaling that llama.cpp cannot know."""
    read = _reader(weights, half.entry)
    rows, rank = half.entry.shape
    factor = _scaling(half.module, rank, config) / (_file_alpha(config) / rank)
    heads = _rotated_heads(half.matrix, base)
    if heads and (rows % heads or rows // heads % 2):
        raise BadPeft(f"Its change to {half.matrix} has {rows} rows, which {heads} heads cannot.")

    as_is = abs(factor - 1) < 1e-6

    def changed() -> bytes:
        data = read()
        if heads:
            data = _reordered(data, rows, heads)
        return data if as_is else _multiplied(data, factor)

    return OutTensor(f"{half.matrix}.lora_b", (rank, rows), F32, changed)


def _file_alpha(config: Config) -> float:
    """The alpha of the GGUF, so that alpha / rank is PEFT's scaling for a matrix of rank r."""
    return config.lora_alpha * (math.sqrt(config.r) if config.use_rslora else 1.0)


def _scaling(module: str, rank: int, config: Config) -> float:
    """PEFT's scaling for one module. Raises BadPeft when its rank contradicts the config."""
    module = module.removeprefix("base_model.model.")
    if _matching(config.rank_pattern, module, config.r) != rank:
        raise BadPeft(f"The rank of {module} is {rank}, and {CONFIG} says otherwise.")
    alpha: float = _matching(config.alpha_pattern, module, config.lora_alpha)
    return alpha / (math.sqrt(rank) if config.use_rslora else rank)


def _matching(patterns: dict[str, Any] | None, module: str, default: Any) -> Any:
    """The value of the first pattern that names the end of a module's path, as PEFT matches."""
    for pattern, value in (patterns or {}).items():
        plain = pattern.removesuffix("$")
        if plain.startswith("^"):
            if module == plain[1:]:
                return value
        elif module == plain or module.endswith(f".{plain}"):
            return value
    return default


def _rotated_heads(matrix: str, base: Header) -> int:
    """The heads whose rows are reordered, 0 for a matrix that stays as it is."""
    if base.text("general.architecture") != "llama":
        return 0
    queries = _heads(base, "llama.attention.head_count", matrix)
    if matrix.endswith("attn_q.weight"):
        return queries
    if matrix.endswith("attn_k.weight"):
        return _heads(base, "llama.attention.head_count_kv", matrix) or queries
    return 0


def _heads(base: Header, key: str, matrix: str) -> int:
    value = base.metadata.get(key)
    if isinstance(value, Array):
        layer, values = int(matrix.split(".")[1]), value.values or ()
        value = values[layer] if layer < len(values) else None
    return value if isinstance(value, int) else 0


def _reordered(data: bytes, rows: int, heads: int) -> bytes:
    """Rows (half, pair) of each head become (pair, half)."""
    size = len(data) // rows
    half = rows // heads // 2
    order = (
        head * 2 * half + side * half + pair
        for head in range(heads)
        for pair in range(half)
        for side in (0, 1)
    )
    return b"".join(data[row * size : (row + 1) * size] for row in order)


def _multiplied(data: bytes, factor: float) -> bytes:
    numbers = array.array("f", data)
    return array.array("f", (x * factor for x in numbers)).tobytes()


def _reader(weights: Path, entry: Entry) -> Callable[[], bytes]:
    """How to read a tensor as F32.

    All is written as F32: with 16-bit matrices llama.cpp rounds what it multiplies them with too.
    """

    def read() -> bytes:
        data = safetensors.read_bytes(weights, entry)
        if entry.dtype == "F16":
            return _from_half(data)
        if entry.dtype == "BF16":
            wide = bytearray(len(data) * 2)  # BF16 is the upper half of an F32
            wide[2::4], wide[3::4] = data[0::2], data[1::2]
            return bytes(wide)
        return data

    return read


def _from_half(data: bytes) -> bytes:
    numbers = array.array("f")
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK]
        numbers.extend(struct.unpack(f"<{len(block) // 2}e", block))
    return numbers.tobytes()


def _metadata(config: Config, architecture: str, name: str) -> dict[str, str | int | float]:
    values: dict[str, str | int | float] = {
        "general.architecture": architecture,
        "general.type": "adapter",
        "general.name": name,
        "adapter.type": "lora",
        "adapter.lora.alpha": _file_alpha(config),
    }
    parts = [p for p in re.split(r"[/\\]", config.base_model_name_or_path or "") if p]
    if parts:
        values["general.base_model.count"] = 1
        values["general.base_model.0.name"] = parts[-1]
        if len(parts) == 2 and "/" in (config.base_model_name_or_path or "")[1:]:
            values["general.base_model.0.organization"] = parts[0]
    return values
