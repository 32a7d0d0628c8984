"""A model in several files is loaded from its first part and answers as the whole one does."""

from __future__ import annotations

import pytest

from carrel.errors import UserError
from tests.models.test_splits import write_split
from tests.models.tiny_gguf import write_tiny

from .conftest import answer, chat


def test_all_parts_make_the_model(load, tmp_path):
    parts = write_split(tmp_path)
    whole = load(write_tiny(tmp_path / "whole.gguf"))
    split = load(parts[0])
    (said, _), (expected, _) = (
        answer(model, chat("Hello"), max_tokens=24) for model in (split, whole)
    )
    assert said == expected
    parts[1].unlink()
    with pytest.raises(UserError, match=parts[1].name):
        load(parts[0])
