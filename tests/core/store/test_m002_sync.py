"""Schema 2 is added to a library of schema 1 without losing anything."""

from carrel.store import migrations
from carrel.store.catalogue import Catalogue
from carrel.store.database import Database


def test_an_older_library_gets_what_sync_needs(tmp_path, monkeypatch):
    monkeypatch.setattr(migrations, "STEPS", migrations.STEPS[:1])
    monkeypatch.setattr(migrations, "LATEST", 1)
    old = Database(tmp_path / "carrel.db")
    collection = Catalogue(old).ensure_collection("House", ["/house"])
    old.close()
    monkeypatch.undo()
    database = Database(tmp_path / "carrel.db")
    catalogue = Catalogue(database)
    assert catalogue.collection_names() == ["House"]
    assert catalogue.devices(collection) == {}
    assert catalogue.rules(collection).patterns == []
    assert catalogue.left_out([]) == ([], 0)
    assert catalogue.flag("paused") == ""
    assert (tmp_path / "carrel.schema1.db").exists()
    database.close()
