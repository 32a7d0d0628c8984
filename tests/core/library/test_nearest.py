"""The approximate index of vectors: the same ten best, exact cosines, new rows, forgetting."""

import numpy as np
import pytest

from carrel.library import nearest
from carrel.library.index import LanceIndex
from carrel.library.keyed import new_secret
from carrel.library.lance import trained_on

DIMENSIONS, ROWS = 32, 4_000


@pytest.fixture(autouse=True)
def early(monkeypatch):
    monkeypatch.setattr(nearest, "NEAREST_FROM", 1_000)


def clustered(rows, seed=0):
    """Unit vectors around 40 centres, as texts about 40 subjects lie."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(1).standard_normal((40, DIMENSIONS))
    made = centres[rng.integers(0, 40, rows)] + 0.6 * rng.standard_normal((rows, DIMENSIONS))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def filled(folder, vectors, **settings):
    index = LanceIndex(folder, "e", DIMENSIONS, **settings)
    index.add_vectors([(i, i // 10, vector) for i, vector in enumerate(vectors)])
    index.optimize()
    index.sync()
    return index


def table_of(index):
    return index._vectors.table


@pytest.mark.parametrize("rotated", [False, True])
def test_the_ten_best_are_those_of_exact_search(tmp_path, rotated):
    vectors = clustered(ROWS)
    secret = new_secret(DIMENSIONS, rotated=rotated)
    index = filled(tmp_path / "index", vectors, secret=secret)
    assert trained_on(table_of(index)) == ROWS
    exact = LanceIndex(tmp_path / "index", "e", DIMENSIONS, secret=secret, exact=True)
    same = 0
    for query in clustered(50, seed=2):
        found = index.search_vectors(query, 10)
        wanted = exact.search_vectors(query, 10)
        same += len({p for p, _ in found} & {p for p, _ in wanted})
        for passage, cosine in found:
            assert cosine == pytest.approx(float(vectors[passage] @ query), abs=1e-4)
    assert same >= 0.98 * 500


def test_new_rows_are_found_at_once_and_a_scope_is_filled(tmp_path):
    vectors = clustered(ROWS)
    index = filled(tmp_path / "index", vectors)
    query = clustered(1, seed=5)[0]
    index.add_vectors([(ROWS, 9_999, query)])
    assert index.search_vectors(query, 3)[0][0] == ROWS
    scope = [1, 2, 3, 200]
    found = [passage for passage, _ in index.search_vectors(query, 40, scope)]
    assert sorted(found) == [i for i in range(ROWS) if i // 10 in scope]


def test_it_is_made_anew_when_the_rows_have_grown_by_a_quarter(tmp_path):
    vectors = clustered(3_200)
    index = filled(tmp_path / "index", vectors[:1_200])
    assert trained_on(table_of(index)) == 1_200
    index.add_vectors([(i, 1, v) for i, v in enumerate(vectors[1_200:1_400], 1_200)])
    index.optimize()
    assert trained_on(table_of(index)) == 1_200
    index.add_vectors([(i, 1, v) for i, v in enumerate(vectors[1_400:], 1_400)])
    index.optimize()
    assert trained_on(table_of(index)) == 3_200
    assert len(table_of(index).list_indices()) == 1


def test_few_vectors_have_none(tmp_path):
    index = filled(tmp_path / "index", clustered(900))
    assert trained_on(table_of(index)) == 0


def everything(folder):
    return b"\0".join(one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file())


def codes(folder, vectors, vector):
    """The vector's codes as they may stand in the index: 8 bits between the bounds of a sample."""
    low, high = vectors.min(), vectors.max()
    return np.clip(np.round((vector - low) / (high - low) * 255), 0, 255).astype(np.uint8)


def test_no_code_of_a_forgotten_vector_is_left(tmp_path):
    """A vector unlike all others, so that its codes are like none: found first, then forgotten."""
    vectors = clustered(ROWS)
    odd = np.zeros(DIMENSIONS, np.float32)
    odd[:4] = (0.7, -0.7, 0.1, -0.1)
    odd /= np.linalg.norm(odd)
    index = LanceIndex(tmp_path / "index", "e", DIMENSIONS)
    rows = [(i, i // 10, vector) for i, vector in enumerate(vectors)]
    index.add_vectors([*rows, (ROWS, 7_777, odd)])
    index.optimize()
    index.sync()
    wanted = codes(tmp_path, np.vstack([vectors, odd]), odd)
    before = np.frombuffer(everything(tmp_path / "index"), np.uint8)
    assert near(before, wanted)
    assert odd.tobytes() in everything(tmp_path / "index")
    index.purge([7_777])
    after = everything(tmp_path / "index")
    assert odd.tobytes() not in after
    assert not near(np.frombuffer(after, np.uint8), wanted)
    assert trained_on(table_of(index)) == ROWS
    assert index.counts()[1] == ROWS


def near(data, wanted, off=2):
    """Whether these codes stand somewhere in the data, each within `off` (bounds are rounded)."""
    hits = np.abs(data[: len(data) - len(wanted)].astype(np.int16) - int(wanted[0])) <= off
    for at in range(1, len(wanted)):
        if not hits.any():
            return False
        part = data[at : at + len(hits)].astype(np.int16)
        hits &= np.abs(part - int(wanted[at])) <= off
    return bool(hits.any())
