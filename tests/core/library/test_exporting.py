"""Exports: what parity means, and a tiny model made here through every way out of an export."""

import json
import subprocess
import sys

import numpy as np
import pytest

from carrel.library.embedder_card import Parity
from carrel.library.exporting import compare, holds, main, unit
from carrel.library.parity_texts import TEXTS


def test_equal_vectors_are_at_parity_and_shuffled_ones_are_not():
    vectors = unit(np.random.default_rng(1).normal(size=(40, 16)))
    same = compare(vectors, vectors)
    assert same == Parity(texts=40, minimum_cosine=1.0, mean_cosine=1.0, top10_agreement=1.0)
    assert holds(same)
    one_wrong = vectors.copy()
    one_wrong[3] = -one_wrong[3]
    assert compare(vectors, one_wrong).minimum_cosine == -1.0
    assert not holds(compare(vectors, one_wrong))
    assert not holds(compare(vectors, vectors[::-1].copy()))


def test_the_texts_are_many_and_different():
    assert len(TEXTS) == len(set(TEXTS)) >= 60
    assert min(map(len, TEXTS)) < 10
    assert max(map(len, TEXTS)) > 150


def test_a_folder_that_is_no_model_is_one_sentence(tmp_path, capsys):
    assert main([str(tmp_path), str(tmp_path / "out")]) == 1
    assert "model.safetensors" in capsys.readouterr().err
    assert main([]) == 2
    assert not (tmp_path / "out").exists()


TINY = r"""
import json, sys
from pathlib import Path
from carrel.worker import prepare
prepare()
import numpy as np, torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
from carrel.library import exporting
from carrel.library.embedding import OnnxEmbedder, TorchEmbedder, load_embedder, load_original
folder, out = Path(sys.argv[1]), Path(sys.argv[2])
signs = "abcdefghijklmnopqrstuvwxyz0123456789.,:;-_()"
vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *signs, *("##" + s for s in signs)]
raw = Tokenizer(models.WordPiece({v: i for i, v in enumerate(vocabulary)}, unk_token="[UNK]"))
raw.normalizer = normalizers.BertNormalizer()
raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
raw.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
fast = PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]",
    cls_token="[CLS]", sep_token="[SEP]", model_max_length=64,
    model_input_names=["input_ids", "token_type_ids", "attention_mask"])
torch.manual_seed(1)
bert = BertModel(BertConfig(vocab_size=len(vocabulary), hidden_size=48, num_hidden_layers=2,
    num_attention_heads=4, intermediate_size=96, max_position_embeddings=64, initializer_range=0.3))
plain = folder / "plain"
bert.save_pretrained(plain); fast.save_pretrained(plain)
body = Transformer(str(plain), max_seq_length=64)
parts = [body, Pooling(48, pooling_mode="cls"), Normalize()]
prompts = {"query": "query: ", "document": "passage: "}
SentenceTransformer(modules=parts, prompts=prompts, device="cpu").save(str(folder / "model"))
original = load_original(folder / "model")
texts = ["rent is due on day 3", "a cat", "x" * 90]
wanted = original.encode(texts, prompt="passage: ", show_progress_bar=False)
asked = original.encode("a cat", prompt="query: ", show_progress_bar=False)
report = {}
ways = {"kept": (-1.0, -1.0, 0.0), "whole": (0.9999, 0.9999, 0.9), "refused": (2.0, 2.0, 2.0)}
for name, limits in ways.items():
    exporting.MINIMUM_COSINE, exporting.MEAN_COSINE, exporting.TOP10_AGREEMENT = limits
    card = exporting.export(folder / "model", out / name)
    embedder = load_embedder(out / name)
    vectors = embedder.encode_passages(texts)
    report[name] = {
        "runner": card.runner, "precision": card.precision, "pooling": card.pooling,
        "prompts": card.prompts, "max_tokens": card.max_tokens, "id": card.id,
        "kind": type(embedder).__name__, "files": sorted(p.name for p in (out / name).iterdir()),
        "cosine": float(np.sum(vectors * wanted, axis=1).min()),
        "query": float(embedder.encode_query("a cat") @ asked),
        "tokens": embedder.count_tokens(["a cat", ""]),
    }
exporting.export(folder / "model", out / "kept")
report["left"] = sorted(p.name for p in out.iterdir())
print(json.dumps(report))
"""


@pytest.mark.embedder
def test_a_tiny_model_through_every_way_out(tmp_path):
    done = subprocess.run(
        [sys.executable, "-I", "-c", TINY, str(tmp_path), str(tmp_path / "out")],
        capture_output=True, text=True, timeout=115, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    kept, whole, refused = report["kept"], report["whole"], report["refused"]
    assert (kept["kind"], kept["precision"], kept["pooling"]) == ("OnnxEmbedder", "int8", "cls")
    assert kept["cosine"] > 0.9
    assert (whole["kind"], whole["precision"]) == ("OnnxEmbedder", "float32")
    assert (refused["kind"], refused["runner"]) == ("TorchEmbedder", "torch")
    assert refused["files"] == ["card.json"]
    for way in (whole, refused):
        assert way["cosine"] > 0.9999, "prompt, pooling and cut are the original's"
        assert way["query"] > 0.9999
        assert way["tokens"] == [4, 0]
        assert way["prompts"] == {"query": "query: ", "passage": "passage: "}
        assert way["max_tokens"] == 64
    assert report["left"] == ["kept", "refused", "whole"], "no temporary folder stays"
