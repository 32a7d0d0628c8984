"""Prepares a sentence-transformers model for ONNX Runtime, in a child process, and proves it equal.

The model is exported in float32, quantized to int8 and compared with the original on texts written
for this (parity_texts). The fastest form that holds parity is served from then on; when none does,
the card says that sentence-transformers itself must run. The result appears at once and whole: it
is made in a temporary folder beside the target and renamed.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from carrel.errors import UserError
from carrel.library.embedder_card import CARD, Card, Parity, sha256_of, weights_sha256
from carrel.library.embedder_folder import languages, names_code, needs_code
from carrel.library.embedding import POOLINGS, OnnxEmbedder, fuse_layers, load_original, quantize
from carrel.library.parity_texts import TEXTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPSET = 17
MINIMUM_COSINE, MEAN_COSINE, TOP10_AGREEMENT = 0.97, 0.985, 0.85
_PACKAGES = ("onnx", "onnxruntime", "sentence-transformers", "tokenizers", "torch", "transformers")


def main(args: Sequence[str]) -> int:
    """The export worker: SOURCE_FOLDER TARGET_FOLDER; prints the card as JSON."""
    if len(args) != 2:
        print("usage: export SOURCE_FOLDER TARGET_FOLDER", file=sys.stderr)  # noqa: T201
        return 2
    try:
        card = export(Path(args[0]), Path(args[1]))
    except UserError as error:
        told = {"what": error.what, "what_to_do": error.what_to_do}
        print(json.dumps(told), file=sys.stderr)  # noqa: T201
        return 1
    print(msgspec.json.encode(card).decode())  # noqa: T201
    return 0


def export(model_folder: Path, target: Path) -> Card:
    """Prepare the model in `model_folder`; the result replaces what is in `target`.

    The name of `target` becomes the embedder's id. Takes about 20 seconds for MiniLM. Raises
    UserError when the folder is no sentence-transformers model with safetensors weights.
    """
    sha256 = weights_sha256(model_folder)
    original = _load(model_folder)
    card = _describe(original, target.name, sha256, model_folder)
    prompt = card.prompts["passage"]
    reference = unit(original.encode(list(TEXTS), prompt=prompt, show_progress_bar=False))
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as name:
        made = Path(name) / "made"
        made.mkdir()
        if card.pooling in POOLINGS and card.inputs:
            card = _best(model_folder, card, reference, made)
        (made / CARD).write_bytes(msgspec.json.format(msgspec.json.encode(card)))
        _replace(made, target)
    return card


def compare(reference: NDArray[np.float32], served: NDArray[np.float32]) -> Parity:
    """Compare unit vectors (n, dimensions) of the same texts from two runners."""
    cosines = np.sum(reference * served, axis=1)
    near, also_near = _nearest(reference), _nearest(served)
    shared = [len(a & b) / len(a) for a, b in zip(near, also_near, strict=True)]
    return Parity(
        texts=len(reference),
        minimum_cosine=round(float(cosines.min()), 4),
        mean_cosine=round(float(cosines.mean()), 4),
        top10_agreement=round(float(np.mean(shared)), 4),
    )


def holds(parity: Parity) -> bool:
    """Whether vectors this near may stand for the original's."""
    return (
        parity.minimum_cosine >= MINIMUM_COSINE
        and parity.mean_cosine >= MEAN_COSINE
        and parity.top10_agreement >= TOP10_AGREEMENT
    )


def unit(vectors: Any) -> NDArray[np.float32]:
    """Rows scaled to length 1, as float32."""
    rows = np.asarray(vectors, dtype=np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def _nearest(vectors: NDArray[np.float32], k: int = 10) -> list[set[int]]:
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -np.inf)
    return [set(row[:k].tolist()) for row in np.argsort(-similar, axis=1, kind="stable")]


def _load(model_folder: Path, attention: str = "sdpa") -> Any:
    try:
        return load_original(model_folder, attention=attention)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if names_code(model_folder):
            raise needs_code(model_folder, "its config.json names it") from error
        raise UserError(
            f"{model_folder} is not a sentence-transformers model that this version can load: "
            f"{(str(error).splitlines() or [''])[0]}",
            "Choose the folder that holds modules.json and model.safetensors.",
            "embedder",
        ) from error


def _describe(original: Any, id: str, sha256: str, model_folder: Path) -> Card:
    """The card of the original as it is, run by torch; inputs [] where ONNX is out of question."""
    modules = [type(module).__name__ for module in original]
    simple = modules in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
    tokenizer = original.tokenizer
    return Card(
        id=id, sha256=sha256, dimensions=int(original.get_embedding_dimension()),
        max_tokens=int(original.max_seq_length), runner="torch", precision="float32",
        pooling=str(original[1].pooling_mode) if simple else "", normalize="Normalize" in modules,
        prompts=_prompts(original.prompts),
        inputs=list(tokenizer.model_input_names) if simple and _portable(tokenizer) else [],
        pad_id=int(tokenizer.pad_token_id or 0), files={}, source=str(model_folder.resolve()),
        parity=None,
        versions={name: version(name) for name in _PACKAGES}, languages=languages(model_folder),
    )  # fmt: skip


def _portable(tokenizer: Any) -> bool:
    known = {"input_ids", "attention_mask", "token_type_ids"}
    return bool(tokenizer.is_fast) and set(tokenizer.model_input_names) <= known


def _prompts(prompts: dict[str, str]) -> dict[str, str]:
    """sentence-transformers says "document" or "passage" for what is searched."""
    passage = prompts.get("document") or prompts.get("passage") or ""
    return {"query": prompts.get("query") or "", "passage": passage}


def _best(model_folder: Path, card: Card, reference: NDArray[np.float32], made: Path) -> Card:
    """Put the fastest model that holds parity into `made`; returns its card, else `card`."""
    whole, model = made.parent / "float32.onnx", made / "model.onnx"
    original = _load(model_folder, attention="eager")
    original.tokenizer.backend_tokenizer.save(str(made / "tokenizer.json"))
    _trace(original, card.inputs, whole)
    for precision in _forms(whole, model, original[0].auto_model.config):
        files = {name: sha256_of(made / name) for name in ("model.onnx", "tokenizer.json")}
        tried = msgspec.structs.replace(card, runner="onnx", precision=precision, files=files)
        (made / CARD).write_bytes(msgspec.json.encode(tried))
        embedder = OnnxEmbedder(made)
        parity = compare(reference, embedder.encode_passages(TEXTS))
        embedder.close()
        if holds(parity):
            return msgspec.structs.replace(tried, parity=parity)
    for file in made.iterdir():
        file.unlink()
    return card


def _forms(whole: Path, model: Path, config: Any) -> Iterator[Literal["int8", "float32"]]:
    """Write one form of the model after the other to `model`, fastest first."""
    if config.model_type == "bert":
        fused = whole.with_name("fused.onnx")
        fuse_layers(whole, fused, config.num_attention_heads, config.hidden_size)
        quantize(fused, model)
        yield "int8"
    quantize(whole, model)
    yield "int8"
    shutil.copyfile(whole, model)
    yield "float32"


def _trace(original: Any, inputs: list[str], path: Path) -> None:
    """Export the transformer's last hidden states to ONNX, for any batch and length."""
    import torch

    class LastHiddenState(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.transformer = original[0].auto_model.eval().float()

        def forward(self, *values: Any) -> Any:
            return self.transformer(**dict(zip(inputs, values, strict=True))).last_hidden_state

    example = original.tokenizer(["An example.", "Another, longer one."], padding=True,
                                 return_tensors="pt")  # fmt: skip
    free = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        # The tracing exporter is deprecated, and names constants of the traced shapes; whether the
        # graph is right for other shapes is what the parity check measures.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)
        warnings.filterwarnings("ignore", message="Exporting aten::index operator")
        torch.onnx.export(
            LastHiddenState(), tuple(example[name] for name in inputs), str(path),
            input_names=inputs, output_names=["states"], opset_version=OPSET, dynamo=False,
            dynamic_axes={name: free for name in [*inputs, "states"]},
        )  # fmt: skip


def _replace(made: Path, target: Path) -> None:
    if target.exists():
        target.rename(made.parent / "old")
    made.rename(target)
