"""Search over all conversations: every script, accents, prefixes, offsets, and nothing deleted."""

import pytest

from carrel.events import Answer
from carrel.store import finding
from carrel.store.conversations import Conversations
from carrel.store.database import Database


@pytest.fixture
def conversations(tmp_path):
    database = Database(tmp_path / "carrel.db")
    yield Conversations(database)
    database.close()


def talk(conversations, question, said="", title=""):
    number, turn = conversations.start_turn(0, question, "auto")
    answer = Answer(answer=said, origin="files", verdict="answered")
    conversations.save(turn, "complete", answer)
    if title:
        conversations.rename(number, title)
    return number


def found(conversations, query):
    return finding.search(conversations.database, query).hits


def test_a_listing_finds_title_question_and_answer(conversations):
    first = talk(conversations, "Who pays for the boiler?", "The landlord does.")
    second = talk(conversations, "What is for lunch?", title="Food")
    database = conversations.database
    assert [c.id for c in finding.listing(database, "boil")] == [first]
    assert [c.id for c in finding.listing(database, "landlord")] == [first]
    assert [c.id for c in finding.listing(database, "foo")] == [second]
    assert [c.id for c in finding.listing(database, '"; DROP')] == []
    assert [c.id for c in finding.listing(database, "?!")] == []
    assert [c.id for c in finding.listing(database)] == [second, first]
    assert [c.found for c in finding.listing(database)] == [None, None]
    conversations.move(first, "Lease")
    assert [c.id for c in finding.listing(database, folder="Lease")] == [first]
    assert [c.id for c in finding.listing(database, folder="")] == [second]
    assert finding.folders(database) == ["Lease"]


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("etage", "Tout l'Étage est chauffé.", "Étage"),
        ("CHAUFFE", "Tout l'étage est chauffé.", "chauffé"),
        ("京都", "東京都庁へ行く", "京都"),
        ("猫", "黒い猫", "猫"),
        ("เงิน", "จ่ายเงินเดือน", "เงิน"),
        ("난방", "난방비를 누가 냅니까", "난방"),
        ("كتاب", "هذا كِتَاب جديد", "كِتَاب"),
        ("boiler", "the boi\u00adler", "boi\u00adler"),
        ("3.14", "pi is 3.14159", "3.14159"),
        ("lease's", "The lease's end", "lease's"),
    ],
)
def test_every_script_is_found_where_it_stands(conversations, query, text, marked):
    number = talk(conversations, "Question?", text)
    talk(conversations, "Something else", "entirely different 大阪 ข้าว")
    (hit,) = found(conversations, query)
    assert (hit.conversation_id, hit.part) == (number, "answer")
    spans = [text[hit.snippet_start + a : hit.snippet_start + b] for a, b in hit.marks]
    assert marked in spans or marked in "".join(spans)
    assert text[hit.start : hit.end] == spans[0]


def test_offsets_and_snippet_point_into_the_text(conversations):
    said = "Nothing to see. " * 30 + "The zylophant\npays for it. " + "More words. " * 30
    talk(conversations, "Who?", said)
    (hit,) = found(conversations, "zylophant pays")
    assert said[hit.start : hit.end] == "zylophant"
    assert len(hit.snippet) <= finding.SNIPPET
    assert "\n" not in hit.snippet
    whole = said[hit.snippet_start : hit.snippet_start + len(hit.snippet)]
    assert whole.replace("\n", " ") == hit.snippet
    assert [hit.snippet[a:b] for a, b in hit.marks] == ["zylophant", "pays"]


def test_all_words_must_be_there_and_may_stand_in_question_and_answer(conversations):
    number = talk(conversations, "Who pays for the boiler?", "The landlord does.")
    assert [hit.conversation_id for hit in found(conversations, "boiler landlord")] == [number]
    assert found(conversations, "boiler elephant") == []


def test_what_is_deleted_or_changed_is_not_found(conversations):
    number = talk(conversations, "Who pays?", "The zylophant.")
    (turn,) = conversations.open(number).turns
    conversations.save(turn.id, "complete", Answer(answer="Nobody.", origin="none",
                                                   verdict="answered"))  # fmt: skip
    assert found(conversations, "zylophant") == []
    assert len(found(conversations, "nobody")) == 1
    conversations.delete(number)
    assert found(conversations, "nobody") == []
    assert conversations.database.value("SELECT count(*) FROM turn_words") == 0


def test_a_title_is_found_without_a_turn(conversations):
    number = talk(conversations, "Who pays?", title="Café money")
    (hit,) = found(conversations, "cafe money")
    assert (hit.conversation_id, hit.turn_id, hit.part) == (number, 0, "title")
