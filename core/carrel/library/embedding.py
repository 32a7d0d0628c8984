"""Embedders: text in, unit vectors out. The only module with sentence_transformers and onnxruntime.

`OnnxEmbedder` serves a model that `exporting` has prepared, without torch. `TorchEmbedder` runs the
original where the prepared one would not be the same. `load_embedder` reads the card and chooses.
Texts are sorted by length and run in small batches on one single-threaded session a core: that is
faster than one batch over all cores, because nobody waits for the slowest core at every layer.
What indexing embeds can be broken off in the middle of a batch, for a question.
"""

from __future__ import annotations

import importlib.util
import os
import warnings
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carrel.errors import UserError
from carrel.library.embedder_card import (
    Card,
    check_files,
    find_export,
    read_card,
    weights_sha256,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from carrel.ports import Embedder
    from carrel_models.stops import Interrupt

__all__ = ["OnnxEmbedder", "TorchEmbedder", "find_export", "load_embedder", "load_original"]

# ONNX Runtime reports its use to its makers unless told so before its import; the kernel would
# refuse, but the Python door may be used in a process that is not confined.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

BATCH = 4  # with 2 to 8 the fastest; small batches keep a layer's states in the cache
_PART = 24  # texts between two looks at an interrupt where what runs cannot be broken off
# ONNX Runtime joins an addition and the layer norm after it into one node whose code for processors
# (1.32) takes nearly six times as long as the two: 29 % of the whole time, against 4 and 3 %.
_SLOWER = ["SkipLayerNormFusion"]
POOLINGS = ("mean", "cls")  # what OnnxEmbedder can do itself


def load_embedder(folder: Path, threads: int = 0) -> Embedder:
    """Return the embedder whose card lies in `folder`; `threads` 0 means one for each usable core.

    Raises UserError when the folder holds no usable embedder.
    """
    card = read_card(folder)
    return TorchEmbedder(card) if card.runner == "torch" else OnnxEmbedder(folder, threads)


class OnnxEmbedder:
    """ports.Embedder over ONNX Runtime on the CPU, from a folder with card, model and tokenizer."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        from tokenizers import Tokenizer

        card = self.card = read_card(folder)
        check_files(folder, card)
        self.id, self.sha256 = card.id, card.sha256
        self.dimensions, self.max_tokens = card.dimensions, card.max_tokens
        definition = str(folder / "tokenizer.json")
        self._counter = Tokenizer.from_file(definition)
        self._counter.no_truncation()
        self._counter.no_padding()
        self._tokenizer = Tokenizer.from_file(definition)
        self._tokenizer.enable_truncation(card.max_tokens)
        self._tokenizer.no_padding()
        self._session = _session(folder / "model.onnx")
        self._pool = ThreadPoolExecutor(threads or _cores(), thread_name_prefix="embedder")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of word-pieces of each text, without the special ones."""
        found = self._counter.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(one.ids) for one in found]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector per text, as rows (len(texts), dimensions) of float32."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for rows, part in self.encode_batches(texts):
            vectors[rows] = part
        return vectors

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """Return the unit vector (dimensions,) of a question."""
        ids = self._tokenizer.encode(self.card.prompts.get("query", "") + text).ids
        vector: NDArray[np.float32] = self._run([ids])[0]
        return vector

    def encode_batches(
        self, texts: Sequence[str], interrupt: Interrupt | None = None
    ) -> Generator[tuple[list[int], NDArray[np.float32]], None, None]:
        """Yield (positions in `texts`, their vectors) batch by batch, longest texts first.

        Ends with what is done within some milliseconds of the interrupt: batches that run are
        broken off between two nodes of the model, and their texts are missing.
        """
        batches, ids = self._batches(texts)
        with _breakable(interrupt) as options:
            # map() cancels what has not begun when this generator is closed.
            parts = self._pool.map(
                lambda rows: self._part([ids[at] for at in rows], options), batches
            )
            for rows, part in zip(batches, parts, strict=True):
                if part is not None:
                    yield rows, part

    def _batches(self, texts: Sequence[str]) -> tuple[list[list[int]], list[list[int]]]:
        """Positions of texts of similar length, and the token ids of all texts."""
        prompt = self.card.prompts.get("passage", "")
        ids = [one.ids for one in self._tokenizer.encode_batch_fast([prompt + t for t in texts])]
        order = sorted(range(len(ids)), key=lambda at: -len(ids[at]))
        return [order[at : at + BATCH] for at in range(0, len(order), BATCH)], ids

    def close(self) -> None:
        """End the threads; the embedder cannot be used afterwards."""
        self._pool.shutdown(cancel_futures=True)

    def _part(self, ids: Sequence[Sequence[int]], options: Any) -> NDArray[np.float32] | None:
        """As `_run`; None when it was broken off through its `options`, or was to be before."""
        from onnxruntime.capi.onnxruntime_pybind11_state import Fail

        if options.terminate:
            return None
        try:
            return self._run(ids, options)
        except Fail:
            if options.terminate:
                return None
            raise

    def _run(self, ids: Sequence[Sequence[int]], options: Any = None) -> NDArray[np.float32]:
        """Unit vectors of token id lists, run as one padded batch."""
        shape = (len(ids), max(map(len, ids)))
        tokens = np.full(shape, self.card.pad_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for row, one in enumerate(ids):
            tokens[row, : len(one)] = one
            mask[row, : len(one)] = 1
        feeds = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(mask)}
        inputs = {name: feeds[name] for name in self.card.inputs}
        (states,) = self._session.run(None, inputs, options)
        return pooled(states, mask, self.card.pooling)


class TorchEmbedder:
    """ports.Embedder over sentence-transformers itself, in float32, on a GPU where there is one."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.id, self.sha256 = card.id, card.sha256
        self.dimensions, self.max_tokens = card.dimensions, card.max_tokens
        if weights_sha256(Path(card.source)) != card.sha256:
            raise UserError(
                f"The model in {card.source} is not the one that was added as {card.id}.",
                f"Add it again: carrel embedders add {card.source}",
                "embedder",
            )
        self._model = load_original(Path(card.source), device=None)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of word-pieces of each text, without the special ones."""
        if not texts:
            return []
        found = self._model.tokenizer(list(texts), add_special_tokens=False, verbose=False)
        return [len(ids) for ids in found["input_ids"]]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector per text, as rows (len(texts), dimensions) of float32."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        return self._encode(list(texts), "passage")

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """Return the unit vector (dimensions,) of a question."""
        vector: NDArray[np.float32] = self._encode([text], "query")[0]
        return vector

    def encode_batches(
        self, texts: Sequence[str], interrupt: Interrupt | None = None
    ) -> Generator[tuple[Sequence[int], NDArray[np.float32]], None, None]:
        """Yield (positions in `texts`, their vectors) part by part; an interrupt is looked at
        between two parts."""
        for at in range(0, len(texts), _PART):
            if interrupt is not None and interrupt.is_set():
                return
            some = texts[at : at + _PART]
            yield range(at, at + len(some)), self.encode_passages(some)

    def _encode(self, texts: list[str], kind: str) -> NDArray[np.float32]:
        vectors = self._model.encode(
            texts, prompt=self.card.prompts.get(kind) or None, batch_size=BATCH,
            normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False,
        )  # fmt: skip
        return np.asarray(vectors, dtype=np.float32)


def pooled(
    states: NDArray[np.float32], mask: NDArray[np.int64], pooling: str
) -> NDArray[np.float32]:
    """Return unit vectors from token states (batch, tokens, dimensions) and their mask.

    "mean" averages over the tokens of the mask, "cls" takes the first token (Sentence-BERT,
    arXiv 1908.10084).
    """
    if pooling == "cls":
        vectors = states[:, 0]
    else:
        weights = mask[:, None, :].astype(np.float32)
        vectors = (weights @ states)[:, 0] / weights.sum(axis=2)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


def _require_torch() -> None:
    """Raise UserError where sentence-transformers, an installation's larger half, is left out."""
    if importlib.util.find_spec("sentence_transformers") is None:
        raise UserError(
            "Embedders and rerankers other than the starter need sentence-transformers, which is"
            " not installed here.",
            "Install the package carrel-embedders (or the library sentence-transformers, beside"
            " Carrel), then try again.",
            "no_torch",
        )


def load_original(folder: Path, device: str | None = "cpu", attention: str = "sdpa") -> Any:
    """Return the SentenceTransformer in `folder`, in float32, from local files only.

    `attention` names the attention code of transformers ("eager" exports to a simpler graph).
    """
    _require_torch()
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()

    # transformers keeps half-precision checkpoints in half precision: on a CPU 100 times slower.
    options = {"dtype": torch.float32, "attn_implementation": attention}
    return SentenceTransformer(
        str(folder), device=device, local_files_only=True, trust_remote_code=False,
        model_kwargs=options,
    ).eval()  # fmt: skip


def load_cross_encoder(folder: Path) -> Any:
    """Return the CrossEncoder in `folder`, in float32, from local files only.

    Raises OSError or ValueError when there is none, or when it gives more than one number.
    """
    if not (folder / "config.json").is_file():
        raise ValueError("it has no config.json.")
    _require_torch()
    os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1")
    import torch
    from sentence_transformers import CrossEncoder
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = CrossEncoder(
        str(folder), local_files_only=True, trust_remote_code=False,
        model_kwargs={"dtype": torch.float32},
    )  # fmt: skip
    if model.config.num_labels != 1:
        raise ValueError(f"it gives {model.config.num_labels} numbers, not one.")
    return model


def cross_encoder_scores(model: Any, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
    """One score of a loaded CrossEncoder for each text, higher is better."""
    pairs = [(question, text) for text in texts]
    scores = model.predict(pairs, batch_size=BATCH, show_progress_bar=False)
    return np.asarray(scores, dtype=np.float32).reshape(len(texts))


def fuse_layers(source: Path, target: Path, heads: int, hidden: int) -> None:
    """Write the ONNX model of a BERT to `target` with attention and layer norms as one node each.

    Queries, keys and values come from one matrix product, and GELU is the tanh approximation
    (arXiv 1606.08415, section 2), whose error of some 0.0003 is far below that of 8-bit weights.
    """
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    options = FusionOptions("bert")
    options.enable_skip_layer_norm = False  # see _SLOWER
    options.enable_gelu_approximation = True
    fused = optimize_model(
        str(source), model_type="bert", num_heads=heads, hidden_size=hidden, opt_level=0,
        optimization_options=options,
    )  # fmt: skip
    fused.save_model_to_file(str(target))


def quantize(source: Path, target: Path) -> None:
    """Write the ONNX model `source` with 8-bit weights to `target`.

    One scale per output channel (per tensor the minimum cosine falls to .91), and 7 of the 8 bits:
    without VNNI the kernels add pairs of products in 16 bits, which 8 would overflow.
    """
    import logging

    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # It advises a preprocessing step on the root logger; the parity check judges the result.
    logging.getLogger().setLevel(logging.ERROR)
    # Fused nodes have no shape inference, so it has to be told that activations are float32.
    quantize_dynamic(
        str(source), str(target), per_channel=True, reduce_range=True,
        weight_type=QuantType.QInt8, extra_options={"DefaultTensorType": TensorProto.FLOAT},
    )  # fmt: skip


def _session(path: Path) -> Any:
    """A CPU session that runs in the caller's thread and is safe to share between threads."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Unsupported .* version", category=UserWarning)
        import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"],
        disabled_optimizers=_SLOWER,
    )  # fmt: skip


@contextmanager
def _breakable(interrupt: Interrupt | None) -> Iterator[Any]:
    """Run options for one piece of work: the interrupt, and the end of the block, break off what
    runs with them."""
    import onnxruntime

    options = onnxruntime.RunOptions()

    def end() -> None:
        options.terminate = True

    try:
        with nullcontext() if interrupt is None else interrupt.calls(end):
            yield options
    finally:
        end()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
