"""Schema 7: documents of before have no unseen characters until they are read again."""

import pytest
from sqlcipher3 import dbapi2

from carrel.store import migrations
from carrel.store.database import Database


def test_old_documents_stay_and_have_seen_text(tmp_path):
    connection = dbapi2.connect(str(tmp_path / "carrel.db"), isolation_level=None)
    for step in migrations.STEPS[:-1]:
        if step.NUMBER < 7:
            step.up(connection)
            connection.execute(f"PRAGMA user_version={step.NUMBER}")
    before = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.execute(
        "INSERT INTO documents(path, size, modified_ns, status) VALUES ('/a', 1, 2, 'indexed')"
    )
    with pytest.raises(dbapi2.OperationalError):
        connection.execute("SELECT unseen FROM documents")
    connection.close()
    database = Database(tmp_path / "carrel.db")
    assert (tmp_path / f"carrel.schema{before}.db").exists()
    assert database.rows("SELECT path, status, unseen FROM documents") == [("/a", "indexed", 0)]
    database.close()
