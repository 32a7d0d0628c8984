"""What is forgotten is nowhere any more: not in the database, its log, the index, or an answer.

A canary is planted and FOUND first: its text, its file's name, its keyed terms, its vector. Then it
is forgotten, and every byte of every file of the profile is searched.
"""

import os
import threading
import zlib

import numpy as np
import pytest

from carrel.answering.surveying import Surveyor
from carrel.desk.library_requests import Survey
from carrel.desk.requests import Ask
from carrel.errors import UserError
from carrel.events import Answered
from carrel.library import chunking
from carrel.library.batches import searched_text
from carrel.library.forgetting import Forgetter, Wish
from carrel.store import finding, listing
from carrel.store.surveys import Surveys

from ..fake_core import FakeCore, write_samples

SECRET = "The zylophant keeps forty-one quokkas in the cellar of the Wexmoor brewery."
QUESTION = "Does the zylophant keep forty-one quokkas in the cellar of the Wexmoor brewery?"
NAME = "wexmoor-inventory.txt"


@pytest.fixture
def core(profile):
    made = FakeCore(profile)
    yield made
    made.close()


@pytest.fixture
def docs(tmp_path, core):
    folder = write_samples(tmp_path / "docs")
    (folder / NAME).write_text(SECRET)
    core.library.add([str(folder)])
    return folder


def canaries(core, path):
    """What must be found before, and not after: bytes by what they are."""
    library = core.library
    known = library.catalogue.known(str(path))
    (row, *_) = library.catalogue.passages_of(known.document_id)
    terms = terms_of(core, known.document_id)
    for document in library.catalogue.with_words():
        if document != known.document_id:
            terms -= terms_of(core, document)  # what others say too must stay
    vector = library.any_embedder().encode_passages([searched_text(row)])[0]
    return {
        "its text": SECRET.encode(),
        "its name": os.path.basename(path).encode(),
        **{f"keyed term {i}": term.encode() for i, term in enumerate(sorted(terms))},
        "its vector": np.asarray(vector, np.float32).tobytes()[:64],
    }


def terms_of(core, document):
    """The keyed terms of a document's passages, as they are stored."""
    hasher = core.library._hasher
    return {
        term
        for row in core.library.catalogue.passages_of(document)
        for term in hasher.of_passage(chunking.prefix(row.title, row.headings), row.text).split()
    }


def profile_bytes(core):
    """Every byte of the profile, and everything that is compressed there, unpacked."""
    found = []
    for folder, _, names in os.walk(core.profile.data):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                found.append(os.path.join(folder, name).encode() + b"\0" + file.read())
    whole = b"\0".join(found)
    return whole + b"\0".join(_unpacked(whole))


def _unpacked(data):
    at = data.find(b"\x78")
    while at >= 0:
        if data[at + 1 : at + 2] in (b"\x01", b"\x5e", b"\x9c", b"\xda"):
            try:
                yield zlib.decompressobj().decompress(data[at:], 1_000_000)
            except zlib.error:
                pass  # these two bytes began something else
        at = data.find(b"\x78", at + 1)


def left(core, wanted):
    data = profile_bytes(core)
    return [what for what, piece in wanted.items() if piece in data]


def ask(core, question, conversation=0):
    events = list(core.assistant.ask(Ask(question=question, conversation_id=conversation)))
    assert isinstance(events[-1], Answered)
    return events[-1].result


def results(core, question):
    return [(hit.passage_id, round(hit.score, 6)) for hit in core.library.search(question)]


WISHES = {
    "a file": lambda docs: Wish(paths=(str(docs / NAME),)),
    "a folder": lambda docs: Wish(paths=(str(docs),)),
    "a collection": lambda docs: Wish(collection="docs"),
    "everything": lambda docs: Wish(everything=True),
}


@pytest.mark.parametrize("what", WISHES)
def test_nothing_of_it_is_left_in_any_file(core, docs, what):
    answer = ask(core, QUESTION)
    assert SECRET in answer.answer
    survey = Surveyor(core.library, Surveys(core.library.database), lambda *_: SECRET[:40])
    *rows, _ = survey.run(Survey(question=QUESTION), threading.Event())
    assert any(SECRET in row.quote for row in rows)
    wanted = canaries(core, docs / NAME)
    assert left(core, wanted) == list(wanted)  # all of them are there to be found
    plan = core.library.plan_forgetting(WISHES[what](docs))
    done = core.forget(WISHES[what](docs))
    assert (done.documents, done.passages) == (plan.documents, plan.passages)
    assert done.quotes == plan.quotes > 0
    assert left(core, wanted) == []
    assert not [hit for hit in core.library.search("zylophant quokkas") if SECRET in hit.text]
    assert core.library._index.counts() == core.library.catalogue.counts()[:2]
    assert core.library.verify().ok


def test_a_conversation_is_forgotten_with_its_words(core, docs):
    ask(core, QUESTION)
    ask(core, "Which class is booked on trains?")
    (other, mine) = finding.listing(core.library.database)
    wanted = {"the question": QUESTION.encode()}
    assert left(core, wanted) == ["the question"]
    done = core.forget(Wish(conversation_id=mine.id))
    assert (done.conversations, done.documents) == (1, 0)
    assert left(core, wanted) == []
    assert [one.id for one in finding.listing(core.library.database)] == [other.id]
    with pytest.raises(UserError, match="no conversation"):
        core.forget(Wish(conversation_id=mine.id))


def test_words_of_the_conversation_search_go_with_the_text(core, docs):
    """The search keeps words, not text, and cuts what neighbours share off their beginnings."""
    ask(core, "Who keeps animals in the cellar of the brewery, asks the qurtlwombat?")
    wanted = {"a word of the question": b"rtlwombat", "a word of the answer": b"ylophant"}
    assert left(core, wanted) == list(wanted)
    assert len(finding.search(core.library.database, "zylophant qurtlwombat").hits) == 1
    core.forget(Wish(paths=(str(docs / NAME),)))
    assert left(core, wanted) == ["a word of the question"]
    assert finding.search(core.library.database, "zylophant").hits == []
    (mine,) = finding.search(core.library.database, "qurtlwombat").hits
    assert core.library.database.value("SELECT count(*) FROM turn_sources WHERE document LIKE ?",
                                       (f"%{NAME}",)) == 0  # fmt: skip
    core.forget(Wish(conversation_id=mine.conversation_id))
    assert left(core, wanted) == []


def test_other_documents_are_found_as_before(core, docs):
    """Order and ids stay; BM25 counts documents, so scores of words may change a little with what
    is forgotten, and ranks do not."""
    questions = ("heating boiler repair", "second class trains", "small repairs 150 euros")
    before = {q: [hit for hit in results(core, q)] for q in questions}
    number = core.library.catalogue.known(str(docs / NAME)).document_id
    mine = {row.passage_id for row in core.library.catalogue.passages_of(number)}
    core.forget(Wish(paths=(str(docs / NAME),)))
    for question in questions:
        kept = [hit[0] for hit in before[question] if hit[0] not in mine]
        assert [hit[0] for hit in results(core, question)] == kept


def test_an_answer_keeps_the_sentences_of_others(core, docs):
    result = ask(core, QUESTION)
    turn = core.conversations.open(finding.listing(core.library.database)[0].id).turns[0]
    assert turn.result == result
    core.forget(Wish(paths=(str(docs / NAME),)))
    conversation = finding.listing(core.library.database)[0].id
    turn = core.conversations.open(conversation).turns[0]
    assert "[removed]" in turn.result.answer
    assert turn.question == QUESTION
    assert all(one.document != str(docs / NAME) for one in turn.result.passages)
    # the conversation goes on
    assert ask(core, "Which class is booked on trains?", conversation)


def test_quotes_stay_when_that_is_wanted(core, docs):
    ask(core, QUESTION)
    done = core.forget(Wish(paths=(str(docs / NAME),)), keep_quotes=True)
    assert done.quotes == 0
    turn = core.conversations.open(finding.listing(core.library.database)[0].id).turns[0]
    assert SECRET in turn.result.answer


def test_what_was_forgotten_stays_out_until_it_is_added_by_name(core, docs):
    core.forget(Wish(paths=(str(docs / NAME),)))
    core.library.sync()
    (docs / NAME).write_text(SECRET + " And more.")
    core.library.sync()
    assert core.library.catalogue.known(str(docs / NAME)) is None
    core.library.add([str(docs)])  # the folder again: what was forgotten in it stays out
    assert core.library.catalogue.known(str(docs / NAME)) is None
    core.library.add([str(docs / NAME)])
    assert core.library.search("zylophant", k=1)[0].document == str(docs / NAME)


def test_a_forgotten_folder_stays_out_and_one_below_it_can_come_back(core, docs, tmp_path):
    (docs / "deep").mkdir()
    (docs / "deep" / "a.txt").write_text("Deep words.")
    core.library.sync()
    core.forget(Wish(paths=(str(docs),)))
    core.library.sync()
    assert listing.documents(core.library.database)[1] == 0
    core.library.add([str(docs / "deep")])
    core.library.sync()
    assert [os.path.basename(row.path) for row in listing.documents(core.library.database)[0]] == [
        "a.txt"
    ]


def test_a_document_of_two_collections_stays_in_the_other(core, docs):
    core.library.add([str(docs / "travel.txt")], "Trips")
    core.forget(Wish(collection="docs"))
    assert core.library.catalogue.collection_names() == ["Trips"]
    assert [hit.title for hit in core.library.search("second class trains")] == ["travel"]


@pytest.mark.parametrize("step", ["index", "scrub"])
def test_a_kill_in_between_is_made_good_at_the_next_start(profile, tmp_path, monkeypatch, step):
    class Killed(BaseException):
        pass

    def killed(*_):
        raise Killed

    core = FakeCore(profile)
    docs = write_samples(tmp_path / "docs")
    (docs / NAME).write_text(SECRET)
    core.library.add([str(docs)])
    wanted = canaries(core, docs / NAME)
    with monkeypatch.context() as patched:
        if step == "index":
            patched.setattr(type(core.library._index), "purge", killed)
        else:
            patched.setattr(type(core.library._forgetter.eraser), "scrub", killed)
        with pytest.raises(Killed):
            core.forget(Wish(paths=(str(docs / NAME),)))
    core.library.close()
    again = FakeCore(profile)
    again.library.search("boiler")
    assert left(again, wanted) == []
    assert again.library.verify().ok
    again.close()


def test_the_backup_before_a_schema_change_goes_too(core, docs):
    backup = core.profile.database.with_name("carrel.schema1.db")
    backup.write_bytes(core.profile.database.read_bytes())
    core.forget(Wish(paths=(str(docs / NAME),)))
    assert not backup.exists()


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(), "Say one thing"),
        (Wish(paths=("/nothing",)), "not in the library"),
        (Wish(collection="Nothing"), "no collection called Nothing"),
        (Wish(paths=("/a",), everything=True), "Say one thing"),
    ],
)
def test_what_is_not_there_is_a_sentence_and_changes_nothing(core, docs, wish, said):
    with pytest.raises(UserError, match=said):
        core.forget(wish)
    assert len(core.library.search("zylophant", k=1)) == 1


def test_forgetting_stops_indexing_that_runs(core, docs, tmp_path, monkeypatch):
    """It does not wait for hours of indexing: that is stopped, and wanted again."""
    import threading

    from carrel.errors import Cancelled

    begun, ended = threading.Event(), []
    real = core.library.any_embedder().encode_passages

    def slowly(texts):
        begun.set()
        core.library._interrupt.wait(20)
        return real(texts)

    (docs / "more.txt").write_text("More words to embed.")
    monkeypatch.setattr(core.library.any_embedder(), "encode_passages", slowly)

    def index():
        try:
            core.library.sync()
        except Cancelled as stopped:
            ended.append(stopped)

    thread = threading.Thread(target=index)
    thread.start()
    assert begun.wait(20)
    core.forget(Wish(paths=(str(docs / NAME),)))
    thread.join(20)
    assert len(ended) == 1
    assert core.library.wanted.is_set()
    monkeypatch.undo()
    core.library.resume(lambda progress: None, threading.Event())
    assert core.library.verify().ok


def test_a_plan_says_what_it_would_be(core, docs):
    plan = core.library.plan_forgetting(Wish(paths=(str(docs / NAME),)))
    assert plan.words == (
        "Carrel forgets 1 document, 1 passage. The files themselves stay where they are."
    )
    assert Forgetter  # the plan changed nothing
    assert core.library.search("zylophant", k=1)
