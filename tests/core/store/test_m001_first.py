"""Schema 1 is complete, and a profile gets its own key."""

from sqlcipher3 import dbapi2

from carrel.store.database import Database
from carrel.store.migrations import m001_first


def test_every_table_of_the_design_is_there(tmp_path):
    database = Database(tmp_path / "carrel.db")
    tables = {row[0] for row in database.rows("SELECT name FROM sqlite_master WHERE type='table'")}
    assert tables >= {
        "collections", "collection_paths", "documents", "collection_documents", "document_texts",
        "document_pages", "passages", "conversations", "turns", "citations",
        "embedders", "jobs", "lab_runs", "profile_keys", "schema_history",
    }  # fmt: skip
    assert database.value("PRAGMA user_version") >= 1
    database.close()


def test_two_profiles_have_two_keys(tmp_path):
    keys = []
    for name in ("a.db", "b.db"):
        database = Database(tmp_path / name)
        keys.append(database.value("SELECT value FROM profile_keys WHERE name='terms'"))
        database.close()
    assert len(keys[0]) == 32
    assert keys[0] != keys[1]


def test_words_of_turns_are_searchable_and_stay_in_step(tmp_path):
    """In a database of this schema; a later one searches with another index."""
    db = dbapi2.connect(str(tmp_path / "old.db"), isolation_level=None)
    m001_first.up(db)
    db.execute("PRAGMA foreign_keys=ON")

    def found(word):
        sql = "SELECT rowid FROM turns_fts WHERE turns_fts MATCH ?"
        return [row[0] for row in db.execute(sql, (word,)).fetchall()]

    db.execute("INSERT INTO conversations VALUES (1, 't', 0, 0)")
    db.execute(
        "INSERT INTO turns(id, conversation_id, question, mode, state, asked)"
        " VALUES (1, 1, 'about boilers', 'auto', 'streaming', 0)"
    )
    assert found("boilers") == [1]
    db.execute("UPDATE turns SET answer='the landlord pays' WHERE id=1")
    assert found("landlord") == [1]
    db.execute("DELETE FROM conversations WHERE id=1")
    assert found("boilers") == []
    assert found("landlord") == []
    db.close()
