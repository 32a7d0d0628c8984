"""One list from words and meaning: signals, scope, history, exact phrases, no doubles."""

import pytest

from carrel.fakes import HashEmbedder, MemoryIndex
from carrel.library.index import LanceIndex
from carrel.library.passages import PassageRow
from carrel.library.search import Searcher, exact_phrases
from carrel.library.terms import TermHasher

TEXTS = [
    ("The tenant pays the rent on the third working day.", 1),
    ("The landlord repairs the roof and the heating.", 1),
    ("Error E-42 means that the pump runs dry.", 2),
    ("The pump of the heating is checked each year, error by error.", 2),
    ("Onions are fried until they are soft.", 3),
    ("The tenant pays the rent on the third working day!", 4),
]


def row(number, text, document):
    return PassageRow(
        passage_id=number, document=f"/docs/{document}.md", document_id=document, ordinal=number,
        title="Papers", headings=("Part",), page=None, start=0, end=len(text), text=text,
        digest=b"",
    )  # fmt: skip


ROWS = {number: row(number, text, document) for number, (text, document) in enumerate(TEXTS, 1)}


def fetch(ids):
    return {number: ROWS[number] for number in ids if number in ROWS}


class Source:
    """An embedder that counts how often it was asked for."""

    def __init__(self):
        self.asked = 0

    def get(self):
        self.asked += 1
        return HashEmbedder()


@pytest.fixture
def hasher():
    return TermHasher(b"key")


def filled(index, hasher, vectors=True):
    index.add_terms(
        [(n, r.document_id, hasher.of_passage("Papers", r.text)) for n, r in ROWS.items()]
    )
    if vectors:
        made = HashEmbedder().encode_passages([r.text for r in ROWS.values()])
        index.add_vectors([(n, r.document_id, made[n - 1]) for n, r in ROWS.items()])
    return index


@pytest.fixture
def searcher(hasher):
    return Searcher(filled(MemoryIndex(), hasher), HashEmbedder(), hasher, fetch)


def texts(hits):
    return [hit.text for hit in hits]


def test_the_best_passage_comes_first_with_its_signals(searcher):
    hits = searcher.search("when does the tenant pay rent", k=3)
    assert hits[0].text == TEXTS[0][0]
    assert hits[0].signals.keyword_rank == 1
    assert hits[0].signals.cosine > 0.3
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert sorted((hit.score for hit in hits), reverse=True) == [hit.score for hit in hits]
    assert hits[0].headings == ["Part"]
    assert 0 < hits[0].score <= 1


def test_what_says_the_same_is_shown_once(searcher):
    hits = searcher.search("tenant pays rent", k=6)
    assert sum(hit.text.startswith("The tenant") for hit in hits) == 1


def test_scope(searcher):
    assert {hit.document for hit in searcher.search("the pump", documents=[2])} == {"/docs/2.md"}
    assert searcher.search("the pump", documents=[]) == []


def test_words_alone_when_nothing_is_embedded_yet(hasher):
    source = Source()
    searcher = Searcher(filled(MemoryIndex(), hasher, vectors=False), source, hasher, fetch)
    hits = searcher.search("roof", k=3)
    assert texts(hits) == [TEXTS[1][0]]
    assert (hits[0].signals.vector_rank, hits[0].signals.cosine) == (None, None)
    assert source.asked == 0, "an embedder that is not needed is not loaded"


def test_a_source_is_asked_when_there_are_vectors(hasher):
    source = Source()
    Searcher(filled(MemoryIndex(), hasher), source, hasher, fetch).search("roof")
    assert source.asked > 0


def test_the_question_before_helps_a_follow_up(searcher):
    assert searcher.search("how often each year?", k=1)[0].text == TEXTS[3][0]
    follow_up = searcher.search("and who does it?", k=2, history=["who repairs the roof"])
    assert TEXTS[1][0] in texts(follow_up)


def test_identifiers_and_quoted_phrases_are_looked_for_letter_by_letter(searcher):
    assert searcher.search("pump error E-42", k=1)[0].text == TEXTS[2][0]
    assert searcher.search('heating "checked each  YEAR"', k=1)[0].text == TEXTS[3][0]
    assert searcher.search("heating “the roof and”", k=1)[0].text == TEXTS[1][0]


@pytest.mark.parametrize("kind", [MemoryIndex, LanceIndex])
def test_a_long_question_does_not_crowd_out_its_identifier(hasher, kind, tmp_path, monkeypatch):
    monkeypatch.setattr("carrel.library.search.LIMIT", 5)
    parts = ["INV 20 of 30", "INV 30 of 10", "10 of 20"]
    rows = {n: row(n, f"Amount due in May: {parts[n % 3]}.", n) for n in range(1, 60)}
    rows[60] = row(60, "Late: INV-10-20-30. " + "There is more to say of another kind. " * 20, 60)
    index = MemoryIndex() if kind is MemoryIndex else kind(tmp_path / "index", "", 1)
    index.add_terms([(n, n, hasher.of_passage("", one.text)) for n, one in rows.items()])
    searcher = Searcher(index, None, hasher, lambda ids: {n: rows[n] for n in ids})
    found = searcher.search("which amount of INV-10-20-30 is due in May", k=3)
    assert found[0].passage_id == 60


def test_an_identifier_is_not_found_inside_a_longer_one(hasher):
    rows = {1: row(1, "A-12-5 A-12-5", 1), 2: row(2, "A-12. " + "And more to be said. " * 9, 2)}
    index = MemoryIndex()
    index.add_terms([(n, n, hasher.of_passage("", one.text)) for n, one in rows.items()])
    searcher = Searcher(index, None, hasher, lambda ids: {n: rows[n] for n in ids})
    assert [hit.passage_id for hit in searcher.search("A-12")] == [2, 1]


def test_a_passage_beside_a_good_one_comes_before_a_lone_one_as_good(hasher):
    said = {2: "The mill stood empty.", 3: "Rye was ground in the mill.", 4: "It closed in spring."}
    rows = {1: row(1, "It closed in autumn.", 2)} | {n: row(n, said[n], 1) for n in said}
    index = MemoryIndex()
    index.add_terms([(n, r.document_id, hasher.of_passage("", r.text)) for n, r in rows.items()])

    def found(**options):
        searcher = Searcher(index, None, hasher, lambda ids: {n: rows[n] for n in ids}, **options)
        return [hit.passage_id for hit in searcher.search("the rye mill closed")]

    without, within = found(neighbour_share=0), found()
    assert without.index(1) < without.index(4)
    assert within.index(4) < within.index(1)


def test_a_passage_that_keeps_the_words_together_comes_first(hasher):
    apart = "The lease ended. " + "Nothing else was said of it. " * 2 + "A notice hung."
    close = "A lease notice hung there. " + "Somebody once read all that. " * 2 + "Then rain fell."
    rows = {1: row(1, apart, 1), 2: row(2, close, 2)}
    index = MemoryIndex()
    index.add_terms([(n, n, hasher.of_passage("", r.text)) for n, r in rows.items()])

    def found(**options):
        searcher = Searcher(index, None, hasher, lambda ids: {n: rows[n] for n in ids}, **options)
        return [(hit.passage_id, hit.score) for hit in searcher.search("lease notice")]

    without = found(proximity_bonus=0)
    assert without[0][0] == 1
    assert without[0][1] < 1.01 * without[1][1]
    within = found()
    assert [one for one, _ in within] == [2, 1]
    assert all(0 <= score <= 1 for _, score in within)


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ('who said "never again" and «jamais»?', ["never again", "jamais"]),
        ("what does llama_set_n do", ["llama_set_n"]),
        ("error E-42 in rev2.1", ["E-42", "rev2.1"]),
        ("open settings.toml or core/main.py", ["settings.toml", "core/main.py"]),
        ("is aCamelCase name", ["aCamelCase"]),
        ("pay INV-2024-7831 or 4711-0815 or 90210", ["INV-2024-7831", "4711-0815", "90210"]),
        ("input/output and/or both", []),
        ("What is the rent in 2024? The U.S. says 3.14, e.g. so.", []),
        ("It ended.Then it rained", []),
        ("", []),
    ],
)
def test_what_is_taken_letter_by_letter(question, phrases):
    assert exact_phrases(question) == phrases


@pytest.mark.parametrize("question", ["", "   ", "?!", "zzzz qqqq"])
def test_questions_without_words_do_no_harm(searcher, question):
    assert isinstance(searcher.search(question), list)


def test_rows_that_the_catalogue_no_longer_has_are_left_out(hasher):
    index = filled(MemoryIndex(), hasher)
    searcher = Searcher(index, None, hasher, lambda ids: {n: ROWS[n] for n in ids if n != 2})
    assert searcher.search("roof", k=3) == []


def test_cosines_of_passages_that_only_words_found(hasher, tmp_path, monkeypatch):
    monkeypatch.setattr("carrel.library.search.LIMIT", 1)
    index = filled(LanceIndex(tmp_path / "index", "hash", 256), hasher)
    hits = Searcher(index, HashEmbedder(), hasher, fetch).search("pump onions soft fried dry", k=5)
    by_words = [hit for hit in hits if hit.signals.vector_rank is None]
    assert all(hit.signals.cosine is not None for hit in hits)
    expected = HashEmbedder().encode_query("pump onions soft fried dry")
    for hit in by_words:
        own = HashEmbedder().encode_query(hit.text)
        assert hit.signals.cosine == pytest.approx(float(own @ expected), abs=1e-3)
