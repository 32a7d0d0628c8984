"""Vectors fetched by where they lie: the same as by a search, also after rows have moved."""

import numpy as np
import pytest

from carrel.library.index import LanceIndex

COUNT = 200


def vector(passage):
    made = np.random.default_rng(passage).standard_normal(8).astype(np.float32)
    return made / np.linalg.norm(made)


def rows(passages, document):
    return [(one, document, vector(one)) for one in passages]


@pytest.fixture
def lance(tmp_path):
    made = LanceIndex(tmp_path / "index", "mini", 8)
    made.add_vectors(rows(range(1, COUNT), 10))
    return made


def check(lance, asked, there):
    found = lance.vectors_of(list(asked))
    assert set(found) == set(there)
    for passage, stored in found.items():
        assert stored == pytest.approx(vector(passage), abs=1e-6)


def test_only_what_is_there_comes_back(lance):
    check(lance, [7, 7, 3, 999_999], [3, 7])
    check(lance, range(1, COUNT), range(1, COUNT))
    check(lance, [999_999], [])


def test_rows_that_came_later_are_found_few_or_many(lance):
    check(lance, [5], [5])
    lance.add_vectors(rows([1_000, 1_001], 11))
    check(lance, [5, 1_000, 1_001], [5, 1_000, 1_001])
    lance.add_vectors(rows(range(2_000, 2_100), 12))
    for _ in range(2):  # found by a search, and then by their places
        check(lance, range(1_990, 2_100), range(2_000, 2_100))


def test_a_document_that_went_leaves_nothing(lance):
    lance.add_vectors(rows([1_000, 1_001], 11))
    check(lance, [1, 1_000], [1, 1_000])
    lance.remove([11])
    check(lance, [1, 1_000, 1_001], [1])


def test_rows_that_moved_are_found_where_they_lie_now(lance):
    lance.add_vectors(rows(range(1_000, 1_100), 11))
    lance.add_vectors(rows(range(2_000, 2_100), 12))
    check(lance, [1, 1_000, 2_000], [1, 1_000, 2_000])
    lance.purge([11])  # copies what stays to new places
    lance.optimize()
    check(lance, [1, 1_000, *range(2_000, 2_100)], [1, *range(2_000, 2_100)])
    lance.add_vectors(rows(range(3_000, 3_100), 13))
    lance.optimize()
    check(lance, range(1, 4_000), [*range(1, COUNT), *range(2_000, 2_100), *range(3_000, 3_100)])
