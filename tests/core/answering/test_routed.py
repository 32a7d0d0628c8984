"""`auto` on labelled questions, with the real embedder, search and gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.routed import own_right, read, right, sample_core

pytestmark = pytest.mark.embedder


def test_nine_of_ten_questions_take_the_right_way(tmp_path: Path) -> None:
    rows = read()
    assert len(rows) >= 200
    with sample_core(tmp_path) as core:
        wrong = [row["question"] for row in rows if not right(core, row)]
        kept, of, left, out_of = own_right(core.library.any_embedder())
    assert len(wrong) <= 0.1 * len(rows), wrong
    assert kept >= 0.85 * of
    assert left >= 0.97 * out_of
