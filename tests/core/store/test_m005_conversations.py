"""Schema 5: old conversations are whole, can be searched and branched, and a backup was made."""

import msgspec
from sqlcipher3 import dbapi2

from carrel.events import Answer
from carrel.store import finding, migrations
from carrel.store.conversations import Conversations
from carrel.store.database import Database


def old_database(path):
    """A database of schema 4 with one conversation of two turns."""
    connection = dbapi2.connect(str(path), isolation_level=None)
    for step in migrations.STEPS[:4]:
        step.up(connection)
    connection.execute("PRAGMA user_version=4")
    connection.execute("INSERT INTO conversations(title, created, updated) VALUES ('Old', 1, 2)")
    for parent, question, said in ((None, "Who pays?", "Müller"), (1, "And then?", "東京都")):
        result = msgspec.json.encode(Answer(answer=said, origin="files", verdict="answered"))
        connection.execute(
            "INSERT INTO turns(conversation_id, parent_id, question, answer, mode, state, asked,"
            " result) VALUES (1, ?, ?, ?, 'auto', 'complete', 1, ?)",
            (parent, question, said, result),
        )
    connection.close()


def test_old_conversations_are_read_searched_and_branched(tmp_path):
    old_database(tmp_path / "carrel.db")
    database = Database(tmp_path / "carrel.db")
    assert (tmp_path / "carrel.schema4.db").exists()
    talks = Conversations(database)
    opened = talks.open(1)
    assert [turn.result.answer for turn in opened.turns] == ["Müller", "東京都"]
    assert (opened.folder, opened.pinned) == ("", False)
    for query in ("muller", "京都", "pays"):
        assert [one.id for one in finding.listing(database, query)] == [1], query
    _, edited = talks.start_turn(1, "And now?", "auto", branch_of=2)
    assert [turn.id for turn in talks.open(1).turns] == [1, edited]
    talks.delete(1)
    assert database.value("SELECT count(*) FROM turn_words") == 0
    database.close()
