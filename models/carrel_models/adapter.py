"""What a LoRA adapter in GGUF form says about itself, and whether it fits a base model.

    card = read_adapter(Path("tone.gguf"))
    fit = pairing(read_header(adapter), read_header(base))
    fit.fits, fit.reason

An adapter adds scale * alpha / rank * B(A(x)) to what a matrix of the base gives. llama.cpp (its
src/llama-adapter.cpp, llama_adapter_lora_init_impl) refuses some adapters that do not fit, and ends
the process on others: a rank that differs between A and B of an embedding, an embedding that is
also the output, a value of an unexpected type. So everything is checked here, on headers alone, and
an adapter that does not fit is never given to it.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import NamedTuple

import msgspec

from carrel_models.checks import check_complete
from carrel_models.gguf import BadGguf, Header, Tensor, read_header
from carrel_models.opening import opening_of
from carrel_models.provenance import one_line
from carrel_models.quantization import TENSOR_TYPES
from carrel_models.splits import read_parts

_A, _B = ".lora_a", ".lora_b"
_EMBEDDING = "token_embd.weight"
_OUTPUT = "output.weight"
# GGML_MAX_NAME of ggml: a longer tensor name is refused.
_LONGEST_NAME = 63
_LAYER = re.compile(r"^blk\.(\d+)\.")
# Types that a matrix product cannot read, so that llama.cpp would abort: integers and F64.
_UNREADABLE = {24, 25, 26, 27, 28}
_NVFP4 = 40
_FLOAT32 = 6  # the GGUF value type that llama.cpp insists on for alpha


class AdapterCard(msgspec.Struct, frozen=True, kw_only=True):
    """An adapter file, described. `size` in bytes, `modified` in ns since 1970.

    `rank` is the largest rank of its matrices, `tensors` the number of matrices of the base that it
    changes. `copied` tells that the file is Carrel's own copy. `problem` is a sentence when the
    file cannot be used as it is. `answers` are examples of the questions that it answers alone.
    `opening` says in words what it adds to how answers begin (see `opening.py`), "" for nothing.
    `shipped` tells that it came with Carrel: it reads passages, and is put on for nothing else.
    """

    id: str = ""
    name: str
    path: str
    architecture: str
    base_model: str = ""
    rank: int | None = None
    alpha: float | None = None
    tensors: int = 0
    size: int
    licence: str = ""
    sha256: str = ""
    modified: int = 0
    copied: bool = False
    problem: str = ""
    answers: list[str] = []
    opening: str = ""
    shipped: bool = False


class Pairing(NamedTuple):
    """Whether an adapter fits a base, and the reason in one sentence ("" when there is nothing to
    say)."""

    fits: bool
    reason: str


class Base(NamedTuple):
    """What an adapter is compared with: the base's matrices by name and its sizes."""

    architecture: str
    tensors: dict[str, Tensor]
    width: int | None
    layers: int | None


def read_adapter(path: Path | str) -> AdapterCard:
    """Describe the adapter at `path` from its header (`id` and `sha256` stay "").

    Raises BadGguf when it is broken or not a LoRA adapter that llama.cpp can use, and OSError when
    it cannot be read.
    """
    path = Path(path)
    status = path.stat()
    header = read_header(path)
    check_adapter(header)
    pairs = _pairs(header)
    alpha = header.metadata.get("adapter.lora.alpha")
    return AdapterCard(
        name=one_line(header.text("general.name")) or path.stem,
        path=str(path),
        architecture=one_line(header.text("general.architecture")),
        base_model=one_line(_base_model(header)),
        rank=max((b.shape[0] for _a, b in pairs.values()), default=None),
        alpha=alpha if isinstance(alpha, float) else None,
        tensors=len(pairs),
        size=status.st_size,
        licence=one_line(header.text("general.license")),
        modified=status.st_mtime_ns,
        opening=_opening_words(header),
    )


def _opening_words(header: Header) -> str:
    found = opening_of(header)
    return f"{found.bias:+.2f} nats on “{one_line(found.text)}”" if found else ""


def is_adapter(header: Header) -> bool:
    """Whether the header says that the file is an adapter of any kind."""
    return header.text("general.type") == "adapter"


def check_adapter(header: Header) -> None:
    """Raise BadGguf with one sentence when this is not a LoRA adapter that can be used at all."""
    if not is_adapter(header):
        raise BadGguf("The file is not an adapter but a whole model or a part of one.")
    kind = header.text("adapter.type")
    if kind != "lora":
        raise BadGguf(f"The adapter is of the kind {kind or 'unknown'!r}; LoRA can be used.")
    if not header.text("general.architecture"):
        raise BadGguf("The adapter does not say which architecture it is for.")
    alpha = header.metadata.get("adapter.lora.alpha", 0.0)
    if not isinstance(alpha, float) or not math.isfinite(alpha):
        raise BadGguf(f"The adapter's alpha is {alpha!r}, which is not a decimal number.")
    if header.kinds.get("adapter.lora.alpha", _FLOAT32) != _FLOAT32:
        raise BadGguf("The adapter's alpha is not stored as a 32-bit number.")
    if header.metadata.get("adapter.alora.invocation_tokens") is not None:
        raise BadGguf("The adapter begins in the middle of a prompt (aLoRA); this is not possible.")
    opening_of(header)
    _check_tensors(header)
    check_complete(header)


def base_of(header: Header, others: tuple[Header, ...] = ()) -> Base:
    """The base's side of a pairing; `others` are the headers of the further parts of a split."""
    architecture = header.text("general.architecture")
    tensors = {t.name: t for part in (header, *others) for t in part.tensors}
    return Base(
        architecture,
        tensors,
        header.integer(f"{architecture}.embedding_length"),
        header.integer(f"{architecture}.block_count"),
    )


def read_base(path: Path | str) -> Base:
    """The base's side of a pairing from a model file, with the other parts of a split beside it.

    Raises BadGguf and OSError.
    """
    path = Path(path)
    header = read_header(path)
    return base_of(header, tuple(part for _, part in read_parts(path, header)[1:]))


def pairing(adapter: Header, base: Header) -> Pairing:
    """Whether the adapter with this header fits the base with that one."""
    return pair(adapter, base_of(base))


def pair(adapter: Header, base: Base) -> Pairing:
    """As `pairing`, with a base that was read before."""
    try:
        check_adapter(adapter)
        _compare(adapter, base)
    except BadGguf as error:
        return Pairing(False, str(error))
    if any(t.name.endswith("_norm.weight") for t in adapter.tensors):
        return Pairing(True, "Its changed norms are left out: llama.cpp applies matrices only.")
    return Pairing(True, "")


def _compare(adapter: Header, base: Base) -> None:
    architecture = adapter.text("general.architecture")
    if architecture != base.architecture:
        raise BadGguf(
            f"It was made for a model of the architecture {architecture}, this one is "
            f"{base.architecture}."
        )
    pairs = _pairs(adapter)
    for name, (a, b) in pairs.items():
        _check_width(name, a, b, base)
    for name, (a, b) in pairs.items():
        _check_pair(name, a, b, base)


def _check_width(name: str, a: Tensor, b: Tensor, base: Base) -> None:
    """The most frequent misfit, told in the words of model cards: another embedding length."""
    matrix = base.tensors.get(name)
    if matrix is None or base.width is None or len(matrix.shape) < 2:
        return
    inner, outer = (b.shape[1], a.shape[1]) if name == _EMBEDDING else (a.shape[0], b.shape[1])
    for mine, theirs in ((inner, matrix.shape[0]), (outer, matrix.shape[1])):
        if theirs == base.width and mine != theirs:
            raise BadGguf(
                f"It was made for a model with {mine:,} values per token, this one has {theirs:,}."
            )


def _check_pair(name: str, a: Tensor, b: Tensor, base: Base) -> None:
    matrix = base.tensors.get(name)
    if matrix is None:
        raise BadGguf(_missing(name, base))
    if len(matrix.shape) < 2:
        raise BadGguf(f"It changes {name}, which is not a matrix.")
    if matrix.type == _NVFP4:
        raise BadGguf(f"{name} of this model is stored as NVFP4, which takes no adapter.")
    if name == _EMBEDDING:
        if _OUTPUT not in base.tensors:
            raise BadGguf(
                "It changes the embedding, which in this model is also the output; llama.cpp "
                "cannot do that."
            )
        fits = (b.shape[1], a.shape[1], a.shape[0]) == (*matrix.shape[:2], b.shape[0])
    else:
        fits = (a.shape[0], b.shape[1], a.shape[1]) == (*matrix.shape[:2], b.shape[0])
    if not fits or a.shape[2:] != matrix.shape[2:] or b.shape[2:] != matrix.shape[2:]:
        raise BadGguf(
            f"It was made for another model: {name} is {_words(matrix)} here, and the adapter's "
            f"parts are {_words(a)} and {_words(b)}."
        )


def _missing(name: str, base: Base) -> str:
    found = _LAYER.match(name)
    if found and base.layers is not None and int(found[1]) >= base.layers:
        return (
            f"It was made for a model with at least {int(found[1]) + 1} layers, this one has "
            f"{base.layers}."
        )
    return f"It changes {name}, which this model does not have."


def _check_tensors(header: Header) -> None:
    for tensor in header.tensors:
        name = tensor.name
        if len(name.encode()) > _LONGEST_NAME:
            raise BadGguf(f"The adapter's tensor {name[:40]}… has too long a name.")
        if name.endswith("_norm.weight"):
            continue
        if not name.endswith((_A, _B)):
            raise BadGguf(f"The adapter's tensor {name} is neither half of a LoRA pair.")
        if len(tensor.shape) < 2:
            raise BadGguf(f"The adapter's tensor {name} is not a matrix.")
        if tensor.type not in TENSOR_TYPES or tensor.type in _UNREADABLE:
            raise BadGguf(f"The adapter's tensor {name} is stored in a form that cannot be used.")
    if not _pairs(header):
        raise BadGguf("The adapter changes nothing: it holds no LoRA matrices.")


def _pairs(header: Header) -> dict[str, tuple[Tensor, Tensor]]:
    """The matrices of the base that the adapter changes, with A and B. Raises BadGguf."""
    halves = {t.name: t for t in header.tensors if t.name.endswith((_A, _B))}
    if len(halves) != sum(t.name.endswith((_A, _B)) for t in header.tensors):
        raise BadGguf("The adapter holds two tensors of one name.")
    names = sorted({name[: -len(_A)] for name in halves})
    for name in names:
        if name + _A not in halves or name + _B not in halves:
            raise BadGguf(f"The adapter holds only one half of its change to {name}.")
    return {name: (halves[name + _A], halves[name + _B]) for name in names}


def _base_model(header: Header) -> str:
    """The name of the model that the adapter was made for, with its organization, or ""."""
    name = header.text("general.base_model.0.name")
    organization = header.text("general.base_model.0.organization")
    repository = header.text("general.base_model.0.repo_url")
    if not name and repository:
        return repository.rstrip("/").rpartition("/")[2]
    return f"{organization}/{name}" if organization and name else name


def _words(tensor: Tensor) -> str:
    return " by ".join(f"{size:,}" for size in tensor.shape)
