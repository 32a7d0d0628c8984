"""A reranker orders the best passages anew; a real CrossEncoder, made here, through its door."""

import json
import subprocess
import sys

import numpy as np
import pytest

from carrel.errors import UserError
from carrel.fakes import MemoryIndex
from carrel.library.passages import PassageRow
from carrel.library.reranking import reranker_in
from carrel.library.search import Searcher
from carrel.library.terms import TermHasher

ROWS = {
    number: PassageRow(
        passage_id=number, document="/a.md", document_id=number, ordinal=0, title="A", headings=(),
        page=None, start=0, end=len(text), text=text, digest=b"",
    )
    for number, text in enumerate(
        ["The rent and the rent.", "The rent is 900.", "Rent A-12 rises each spring, it says."], 1
    )
}  # fmt: skip


class Longest:
    """Likes long texts, and remembers what it was shown."""

    def __init__(self):
        self.seen = []

    def score(self, question, texts):
        self.seen.append((question, list(texts)))
        return np.array([len(text) for text in texts], dtype=np.float32)


def search(question, reranker, k=3):
    hasher, index = TermHasher(b"key"), MemoryIndex()
    index.add_terms([(n, n, hasher.of_passage("", r.text)) for n, r in ROWS.items()])
    searcher = Searcher(
        index, None, hasher, lambda ids: {n: ROWS[n] for n in ids}, reranker=reranker
    )
    return searcher.search(question, k=k)


def test_the_rerankers_order_counts_and_scores_stay_in_order():
    plain, reranker = search("rent", None), Longest()
    hits = search("rent", reranker)
    assert [hit.passage_id for hit in plain] == [1, 2, 3]
    assert [hit.passage_id for hit in hits] == [3, 1, 2]
    assert [hit.score for hit in hits] == [hit.score for hit in plain]
    assert reranker.seen[0][0] == "rent"
    assert "A\nThe rent is 900." in reranker.seen[0][1]


def test_only_the_first_are_read_and_exact_phrases_still_come_first(monkeypatch):
    monkeypatch.setattr("carrel.library.search.RERANKED", 2)
    assert [hit.passage_id for hit in search("rent", Longest())] == [1, 2, 3]
    assert search("rent A-12", Longest(), k=1)[0].passage_id == 3
    assert search("nothing of it", Longest()) == []


def test_no_folder_is_no_reranker_and_a_wrong_one_is_one_sentence(tmp_path):
    assert reranker_in("") is None
    with pytest.raises(UserError, match="holds no reranker that can be used") as caught:
        search("rent", reranker_in(str(tmp_path)))
    assert caught.value.code == "no_reranker"
    assert "setting reranker" in caught.value.what_to_do


TINY = r"""
import json, sys
from pathlib import Path
from carrel.worker import prepare
prepare()
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast
from carrel.errors import UserError
from carrel.library.reranking import CrossEncoderReranker
vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "rent", "is", "due", "cat"]
raw = Tokenizer(models.WordPiece({v: i for i, v in enumerate(vocabulary)}, unk_token="[UNK]"))
raw.normalizer = normalizers.BertNormalizer()
raw.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
raw.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
fast = PreTrainedTokenizerFast(tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]",
    cls_token="[CLS]", sep_token="[SEP]", model_max_length=32,
    model_input_names=["input_ids", "token_type_ids", "attention_mask"])
torch.manual_seed(1)
def save(folder, labels):
    size = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    config = BertConfig(vocab_size=8, max_position_embeddings=32, initializer_range=1.0,
        num_labels=labels, **size)
    BertForSequenceClassification(config).save_pretrained(folder); fast.save_pretrained(folder)
    return CrossEncoderReranker(Path(folder))
one, two = save(sys.argv[1] + "/one", 1), save(sys.argv[1] + "/two", 2)
texts = ["rent is due", "cat", "rent cat is"]
report = {"scores": one.score("rent", texts).tolist(), "again": one.score("rent", texts).tolist(),
    "other": one.score("cat", texts).tolist(), "kind": str(one.score("rent", texts).dtype)}
try:
    two.score("rent", texts)
except UserError as error:
    report["two"] = error.what
print(json.dumps(report))
"""


@pytest.mark.embedder
@pytest.mark.timeout(300)  # on a busy machine torch alone takes a minute to import
def test_a_cross_encoder_in_a_confined_process(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", TINY, str(tmp_path)], capture_output=True, text=True, timeout=290,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["kind"] == "float32"
    assert report["again"] == report["scores"]
    assert len(set(report["scores"])) == 3
    assert report["other"] != report["scores"]
    assert "gives 2 numbers, not one" in report["two"]
