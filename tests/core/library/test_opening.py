"""Opening a file that was found: what takes its place meanwhile is not read."""

import os

from carrel.library.opening import open_and_read
from carrel.library.sync import Found
from carrel.reading.inline import InlineReader
from carrel.store.rows import FileState


def found_at(path):
    status = os.stat(path)
    return Found(str(path), FileState(status.st_size, status.st_mtime_ns))


def read(found):
    return open_and_read(found, None, InlineReader(), 1_000_000).outcome


def test_a_link_that_took_the_file_s_place_is_not_followed(tmp_path):
    (tmp_path / "secret.txt").write_text("what lies outside of the folder")
    path = tmp_path / "note.txt"
    path.write_text("a note")
    found = found_at(path)
    assert read(found).text == "a note"
    path.unlink()
    path.symlink_to(tmp_path / "secret.txt")
    assert read(found).code == "changing"


def test_a_link_that_was_found_as_one_is_read(tmp_path):
    (tmp_path / "note.txt").write_text("a note")
    (tmp_path / "link.txt").symlink_to(tmp_path / "note.txt")
    assert read(found_at(tmp_path / "link.txt")).text == "a note"


def test_a_file_that_grew_meanwhile_is_read_as_it_is(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("a note")
    found = found_at(path)
    path.write_text("a longer note")
    assert read(found).text == "a longer note"
