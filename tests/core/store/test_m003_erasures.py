"""Schema 3: what is forgotten is noted without its name."""

from carrel.store.catalogue import Catalogue
from carrel.store.database import Database
from carrel.store.erasing import Eraser


def test_what_was_forgotten_is_known_by_a_key_only(tmp_path):
    database = Database(tmp_path / "carrel.db")
    eraser = Eraser(database, Catalogue(database).key("terms"))
    assert (eraser.pending(), eraser.forgotten()) == ([], set())
    eraser.documents([], ["/secret/letter.txt"], keep_quotes=False)
    assert eraser.forgotten() == {eraser.path_key("/secret/letter.txt")}
    assert eraser.pending() == []
    database.close()
    data = (tmp_path / "carrel.db").read_bytes()
    assert b"letter" not in data
    other = Database(tmp_path / "other.db")
    elsewhere = Eraser(other, Catalogue(other).key("terms"))
    assert elsewhere.path_key("/secret/letter.txt") not in eraser.path_key("/secret/letter.txt")
    other.close()
