"""carrel.db keeps its promises: whole transactions, private files, plain words for failures."""

import os
import stat
import threading

import pytest
from sqlcipher3 import dbapi2

from carrel.errors import UserError
from carrel.store import migrations
from carrel.store.database import Database


@pytest.fixture
def database(tmp_path):
    found = Database(tmp_path / "carrel.db")
    yield found
    found.close()


def test_it_runs_with_the_pragmas_that_survive_a_power_cut(database):
    with database.write() as db:
        settings = {
            name: db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    assert settings == {
        "journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1,
    }  # fmt: skip


def write_twice(database, first, second):
    with database.write() as db:
        db.execute(first)
        db.execute(second)


def test_a_transaction_that_fails_leaves_nothing(database):
    sql = "INSERT INTO collections(name, created) VALUES ('half', 0)"
    with pytest.raises(dbapi2.OperationalError):
        write_twice(database, sql, "SELECT nonsense")
    assert database.value("SELECT count(*) FROM collections") == 0


def test_another_thread_reads_while_one_writes(database):
    seen = []
    with database.write() as db:
        db.execute("INSERT INTO collections(name, created) VALUES ('new', 0)")
        reader = threading.Thread(
            target=lambda: seen.append(database.value("SELECT count(*) FROM collections"))
        )
        reader.start()
        reader.join()
    assert seen == [0]
    assert database.value("SELECT count(*) FROM collections") == 1


def test_deleted_words_are_overwritten(tmp_path):
    path = tmp_path / "carrel.db"
    database = Database(path)
    with database.write() as db:
        db.execute("INSERT INTO collections(name, created) VALUES ('CANARY-7731', 0)")
    database.close()
    assert b"CANARY-7731" in path.read_bytes()
    database = Database(path)
    with database.write() as db:
        db.execute("DELETE FROM collections")
    database.close()
    assert b"CANARY-7731" not in path.read_bytes()


def test_with_a_key_nothing_readable_is_on_disk_and_a_wrong_key_is_a_sentence(tmp_path):
    path = tmp_path / "carrel.db"
    database = Database(path, key=b"k" * 32)
    with database.write() as db:
        db.execute("INSERT INTO collections(name, created) VALUES ('CANARY-7731', 0)")
    database.close()
    assert b"CANARY-7731" not in path.read_bytes()
    assert b"SQLite format" not in path.read_bytes()
    with pytest.raises(UserError, match="damaged, or locked"):
        Database(path, key=b"x" * 32)


def test_files_are_for_this_user_alone(tmp_path):
    before = os.umask(0o077)
    try:
        Database(tmp_path / "carrel.db").close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "carrel.db").stat().st_mode) == 0o600


def test_a_file_that_is_no_database_is_a_sentence(tmp_path):
    path = tmp_path / "carrel.db"
    path.write_bytes(b"this is not a database" * 300)
    with pytest.raises(UserError) as caught:
        Database(path)
    assert caught.value.code == "damaged"
    assert path.read_bytes().startswith(b"this is not")


def test_a_newer_schema_is_left_alone(tmp_path):
    path = tmp_path / "carrel.db"
    Database(path).close()
    raw = dbapi2.connect(str(path))
    raw.execute(f"PRAGMA user_version={migrations.LATEST + 1}")
    raw.close()
    with pytest.raises(UserError) as caught:
        Database(path)
    assert caught.value.code == "newer"


def test_a_full_disk_is_a_sentence_and_nothing_is_lost(database):
    with database.write() as db:
        db.execute("INSERT INTO collections(name, created) VALUES ('kept', 0)")
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    database._writer.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(UserError) as caught, database.write() as db:
        db.execute("INSERT INTO profile_keys VALUES ('big', zeroblob(1000000))")
    assert caught.value.code == "disk_full"
    assert database.value("SELECT name FROM collections") == "kept"


def test_read_only_refuses_to_write(tmp_path):
    Database(tmp_path / "carrel.db").close()
    database = Database(tmp_path / "carrel.db", read_only=True)
    with pytest.raises((UserError, dbapi2.DatabaseError)), database.write() as db:
        db.execute("INSERT INTO collections(name, created) VALUES ('no', 0)")
    database.close()


def test_a_migration_backs_up_first(tmp_path, monkeypatch):
    path = tmp_path / "carrel.db"
    Database(path).close()

    class Next:
        NUMBER = migrations.LATEST + 1

        @staticmethod
        def up(connection):
            connection.execute("CREATE TABLE later (x)")

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, Next))
    monkeypatch.setattr(migrations, "LATEST", Next.NUMBER)
    database = Database(path)
    assert database.value("PRAGMA user_version") == Next.NUMBER
    assert database.rows("SELECT * FROM later") == []
    database.close()
    old = dbapi2.connect(str(tmp_path / f"carrel.schema{Next.NUMBER - 1}.db"))
    assert old.execute("PRAGMA user_version").fetchone()[0] == Next.NUMBER - 1
    old.close()
