"""The LanceDB index: scores, scope, new rows at once, damage noticed, no network, on the disk."""

import math
import os
import random
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from carrel.library import durable, index
from carrel.library.index import LanceIndex
from carrel.library.index_rows import id_filter
from carrel.library.lance import IndexDamaged, count_unindexed


def unit(*values):
    vector = np.zeros(8, dtype=np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


@pytest.fixture
def lance(folder):
    made = LanceIndex(folder, "mini", 8)
    made.add_terms([(1, 10, "AAAA BBBB"), (2, 10, "AAAA CCCC"), (3, 20, "DDDD DDDD")])
    made.add_vectors([(1, 10, unit(1)), (2, 10, unit(1, 1)), (3, 20, unit(0, 1))])
    return made


def ids(found):
    return [passage for passage, _ in found]


def test_words_are_found_at_once_and_ranked(lance):
    assert ids(lance.search_terms("BBBB AAAA", 10, None)) == [1, 2]
    assert lance.search_terms("ZZZZ", 10, None) == []
    assert lance.search_terms("", 10, None) == []


def test_every_one_of_the_words_can_be_asked_for(lance):
    assert ids(lance.search_terms("AAAA CCCC", 10, None, every=True)) == [2]
    assert lance.search_terms("AAAA DDDD", 10, None, every=True) == []
    assert lance.search_terms("AAAA CCCC", 10, [20], every=True) == []


def test_equal_scores_stand_by_their_ids_however_the_rows_lie(folder):
    made = LanceIndex(folder, "mini", 8)
    order = [7, 3, 9, 1, 5]
    made.add_terms([(one, 10, "AAAA BBBB") for one in order])
    nearly = [unit(1, 1e-7 * place) for place in range(len(order))]
    made.add_vectors([(one, 10, vector) for one, vector in zip(order, nearly, strict=True)])
    assert ids(made.search_terms("AAAA", 10, None)) == sorted(order)
    assert ids(made.search_vectors(unit(0, 1), 10, None)) == sorted(order)


def test_vectors_are_ranked_by_exact_cosine(lance):
    found = lance.search_vectors(unit(1), 10, None)
    assert ids(found) == [1, 2, 3]
    assert [cosine for _, cosine in found] == pytest.approx([1.0, math.sqrt(0.5), 0.0], abs=1e-6)
    assert ids(lance.search_vectors(unit(1), 1, None)) == [1]


def test_scope_is_a_filter_before_the_search(lance):
    assert ids(lance.search_terms("AAAA DDDD", 10, [20])) == [3]
    assert ids(lance.search_vectors(unit(1), 1, [20])) == [3]
    assert lance.search_terms("AAAA", 10, []) == []
    assert lance.search_vectors(unit(1), 10, []) == []


def test_the_filter_of_many_documents_is_written_as_ranges():
    assert (
        id_filter([3, 1, 2, 7]) == "(document_id >= 1 AND document_id <= 3) OR document_id IN (7)"
    )
    assert len(id_filter(range(100_000))) < 100


def test_removed_documents_are_gone_from_both_tables(lance):
    lance.remove([10, 99])
    assert lance.counts() == (1, 1)
    assert ids(lance.search_terms("AAAA DDDD", 10, None)) == [3]
    assert ids(lance.search_vectors(unit(1), 10, None)) == [3]


def test_everything_is_there_after_opening_again(lance, folder):
    lance.sync()
    again = LanceIndex(folder, "mini", 8)
    assert again.counts() == (3, 3)
    assert ids(again.search_terms("CCCC", 10, None)) == [2]
    assert again.vectors_of([2, 9])[2] == pytest.approx(unit(1, 1))


def test_rows_are_optimized_before_too_many_wait_and_found_all_the_time(folder, monkeypatch):
    monkeypatch.setattr(index, "OPTIMIZE_AT", 50)
    made = LanceIndex(folder, "mini", 8)
    for at in range(0, 120, 20):
        made.add_terms([(i, 1, f"TERM{i}") for i in range(at, at + 20)])
        assert ids(made.search_terms(f"TERM{at + 19}", 10, None)) == [at + 19]
        assert count_unindexed(made._terms) < 50
    assert ids(made.search_terms("TERM3", 10, None)) == [3]


def test_bm25_of_terms_is_bm25(folder):
    rng = random.Random(3)
    weights = (8, 7, 6, 5, 4, 3, 2, 1)
    texts = [" ".join(rng.choices("ABCDEFGH", weights, k=rng.randint(3, 30))) for _ in range(200)]
    rows = [(i, 1, text) for i, text in enumerate(texts)]
    made = LanceIndex(folder, "", 8)
    made.add_terms(rows)
    made.optimize()
    found = dict(made.search_terms("G H", 200, None))
    assert len(found) == sum(bool({"G", "H"} & set(terms.split())) for _, _, terms in rows)
    expected = bm25(rows, ["G", "H"])
    order = sorted(found, key=lambda passage: -found[passage])
    wanted = sorted(found, key=lambda passage: -expected[passage])
    assert len(set(order[:20]) & set(wanted[:20])) >= 19


def bm25(rows, query, k1=1.2, b=0.75):
    counts = {passage: Counter(terms.split()) for passage, _, terms in rows}
    mean = sum(sum(c.values()) for c in counts.values()) / len(counts)
    scores = Counter()
    for term in query:
        n = sum(term in c for c in counts.values())
        idf = math.log(1 + (len(counts) - n + 0.5) / (n + 0.5))
        for passage, c in counts.items():
            norm = k1 * (1 - b + b * sum(c.values()) / mean)
            scores[passage] += idf * c[term] * (k1 + 1) / (c[term] + norm)
    return scores


def test_embedders_have_their_own_vectors(lance):
    lance.use("other/model", 4)
    assert lance.counts() == (3, 0)
    lance.add_vectors([(1, 10, np.array([1, 0, 0, 0], dtype=np.float32))])
    assert lance.counts() == (3, 1)
    lance.use("mini", 8)
    assert lance.counts() == (3, 3)


def test_vectors_of_another_length_are_refused(lance):
    with pytest.raises(ValueError, match="do not fit"):
        lance.add_vectors([(4, 10, np.ones(3, dtype=np.float32))])


def test_a_reader_beside_the_writer_sees_new_rows_and_tables(folder):
    writer = LanceIndex(folder, "mini", 8)
    reader = LanceIndex(folder, "mini", 8, read_only=True)
    assert reader.counts() == (0, 0)
    writer.add_terms([(1, 1, "AAAA")])
    writer.add_vectors([(1, 1, unit(1))])
    assert ids(reader.search_terms("AAAA", 10, None)) == [1]
    assert ids(reader.search_vectors(unit(1), 10, None)) == [1]
    writer.add_terms([(2, 1, "AAAA BBBB")])
    writer.optimize()
    assert sorted(ids(reader.search_terms("AAAA", 10, None))) == [1, 2]


def test_drop_empties_the_index_and_leaves_it_usable(lance):
    lance.drop()
    assert lance.counts() == (0, 0)
    assert lance.search_terms("AAAA", 10, None) == []
    lance.add_terms([(5, 5, "AAAA")])
    assert ids(lance.search_terms("AAAA", 10, None)) == [5]


def test_a_relative_folder_is_refused():
    from pathlib import Path

    with pytest.raises(ValueError, match="absolute"):
        LanceIndex(Path("index"))


# --- damage -----------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["terms.lance", "vectors_mini.lance"])
def test_empty_files_after_a_power_cut_are_noticed(lance, folder, table):
    for file in (folder / table).rglob("*"):
        if file.is_file():
            file.write_bytes(b"")
    with pytest.raises(IndexDamaged):
        LanceIndex(folder, "mini", 8).check(3, 3, [(1, 10, "AAAA BBBB")])


@pytest.mark.parametrize("content", ["{", '{"format": 99}'])
def test_another_or_broken_format_is_damage(lance, folder, content):
    (folder / "format.json").write_text(content)
    with pytest.raises(IndexDamaged):
        LanceIndex(folder, "mini", 8)


def test_a_folder_of_something_else_is_damage(folder):
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(IndexDamaged):
        LanceIndex(folder)
    assert (folder / "notes.txt").read_text() == "mine"


def test_check_compares_counts_words_and_vectors(lance):
    sample = [(1, 10, "AAAA BBBB"), (3, 20, "DDDD DDDD")]
    lance.check(3, 3, sample)
    with pytest.raises(IndexDamaged, match="rows"):
        lance.check(4, 3)
    with pytest.raises(IndexDamaged, match="words"):
        lance.check(3, 3, [(1, 10, "AAAA XXXX")])
    with pytest.raises(IndexDamaged, match="words"):
        lance.check(3, 3, [(1, 11, "AAAA BBBB")])
    lance.add_vectors([(4, 30, 3 * unit(1))])
    lance.add_terms([(4, 30, "EEEE")])
    with pytest.raises(IndexDamaged, match="length 1"):
        lance.check(4, 4, [(4, 30, "EEEE")])


# --- disk and network -------------------------------------------------------------------------


def test_sync_flushes_every_file_and_folder_once(lance, folder, monkeypatch):
    flushed = []
    real = durable._fsync
    monkeypatch.setattr(durable, "_fsync", lambda path: (flushed.append(path), real(path)))
    lance.sync()
    everything = {str(folder), *(str(path) for path in folder.rglob("*"))}
    seal = {str(folder), str(folder / "seal.json")}  # written after all it lists is on the disk
    assert set(flushed) == everything
    assert flushed[-1] == str(folder), "a folder comes after what it holds"
    flushed.clear()
    lance.sync()
    assert set(flushed) == seal
    flushed.clear()
    lance.sync()
    assert flushed == []
    lance.add_terms([(9, 9, "AAAA")])
    lance.sync()
    assert flushed
    assert len(flushed) < len(everything)


CHILD = """
import os, sys
from pathlib import Path
os.environ.update(AWS_ACCESS_KEY_ID="x", GOOGLE_API_KEY="x", HF_TOKEN="x", HF_HUB_OFFLINE="1")
from carrel.process import confine
confined = confine.confine_desk()
import numpy as np
from carrel.library.index import LanceIndex
made = LanceIndex(Path(sys.argv[1]), "mini", 4)
made.add_terms([(i, 1, f"TERM{i} AAAA") for i in range(50)])
made.add_vectors([(i, 1, np.eye(4, dtype=np.float32)[i % 4]) for i in range(50)])
made.optimize()
made.sync()
assert made.search_terms("TERM7", 5, None)[0][0] == 7
assert len(made.search_vectors(np.eye(4, dtype=np.float32)[0], 5, [1])) == 5
kept = [name for name in os.environ if name.startswith(("AWS_", "GOOGLE_", "HF_"))]
import socket
try:
    socket.socket().close()
    network = True
except OSError:
    network = False
print(confined, network, ",".join(kept))
"""


def test_it_works_without_any_network_and_forgets_cloud_settings(folder):
    done = subprocess.run(
        [sys.executable, "-I", "-c", CHILD, str(folder)],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    confined, network, kept = done.stdout.split()
    assert kept == "HF_HUB_OFFLINE"
    if sys.platform.startswith("linux"):
        assert (confined, network) == ("True", "False")
    assert oct(os.stat(folder / "terms.lance").st_mode & 0o077) == "0o0"
