"""Makes a tiny sentence-transformers model folder, in a process of its own: torch loads slowly."""

import subprocess
import sys

MAKE = r"""
import sys
from pathlib import Path
from carrel.worker import prepare
prepare()
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
folder = Path(sys.argv[1])
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
    num_attention_heads=4, intermediate_size=96, max_position_embeddings=64,
    initializer_range=0.3))
plain = folder / "plain"
bert.save_pretrained(plain); fast.save_pretrained(plain)
parts = [Transformer(str(plain), max_seq_length=64), Pooling(48, pooling_mode="mean"), Normalize()]
SentenceTransformer(modules=parts, device="cpu").save(str(folder / "Tiny Model"))
"""
README = """---
license: apache-2.0
language:
- de
- "no"  # Norwegian
- zh-CN
tags:
- en
---
# A tiny model
"""


def make_tiny_embedder(folder):
    """A folder with a random BERT of 48 dimensions for German, Norwegian and Chinese."""
    subprocess.run([sys.executable, "-I", "-c", MAKE, str(folder)], check=True, timeout=110,
                   capture_output=True)  # fmt: skip
    made = folder / "Tiny Model"
    (made / "README.md").write_text(README)
    return made
