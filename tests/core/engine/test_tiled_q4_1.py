"""Prompts through Q4_1 weights, which take our kernel (packaging/setup/q4_1.inc) from 17 tokens on:
the scores are those of tokens read a few at a time, which takes llama.cpp's own, up to rounding.
"""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.engine

TEXT = "The tenant pays the rent by the fifth of the month; the landlord repairs the boiler. " * 9
FEW = 16  # tokens that are multiplied row by row


def scores(path, batch, count):
    """The scores of the word after the first `count` tokens, read `batch` at a time."""
    import llama_cpp

    model = llama_cpp.Llama(str(path), n_ctx=512, n_batch=batch, n_ubatch=batch, verbose=False)
    try:
        model.eval(model.tokenize(TEXT.encode())[:count])
        return np.array(model._ctx.get_logits_ith(-1)[: model.n_vocab()], dtype=np.float64)
    finally:
        model.close()


# One, three and two tokens are left beside the groups of four.
@pytest.mark.parametrize("count", [17, 19, 130])
def test_a_prompt_read_at_once_scores_as_one_read_in_pieces(starter, count):
    pieces, whole = scores(starter, FEW, count), scores(starter, 256, count)
    cosine = pieces @ whole / np.linalg.norm(pieces) / np.linalg.norm(whole)
    # Other products round differently in a prompt read at once: .9990 without our kernel too.
    assert cosine > 0.995
    assert pieces.argmax() == whole.argmax()


def test_a_few_tokens_are_multiplied_as_one_is(starter):
    assert np.array_equal(scores(starter, 1, FEW), scores(starter, FEW, FEW))
