"""A scan sees every file once, follows no loop, and says why something is left."""

import os
import socket

import pytest

from carrel.errors import UserError
from carrel.library.sync import scan


def codes(result):
    return {os.path.basename(one.path): one.code for one in result.left}


def names(result):
    return [os.path.basename(one.path) for one in result.found]


def test_newest_first_and_each_once(tmp_path):
    for i, name in enumerate(["old.txt", "new.txt", "middle.txt"]):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (1000 + [0, 20, 10][i],) * 2)
    result = scan([str(tmp_path), str(tmp_path / "old.txt")])
    assert names(result) == ["new.txt", "middle.txt", "old.txt"]


def test_loops_and_outside_links_are_left_with_reasons(tmp_path):
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "outside.txt").write_text("secret")
    (inside / "good.txt").write_text("x")
    (inside / "loop").symlink_to(inside)
    (inside / "escape.txt").symlink_to(tmp_path / "outside.txt")
    (inside / "within.txt").symlink_to(inside / "good.txt")
    (inside / "dangling.txt").symlink_to(inside / "nothing")
    result = scan([str(inside)])
    assert sorted(names(result)) == ["good.txt", "within.txt"]
    assert codes(result) == {"loop": "link", "escape.txt": "link", "dangling.txt": "unreadable"}


def test_pipes_and_sockets_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket.txt"))
    server.close()
    (tmp_path / "null.txt").symlink_to("/dev/null")
    result = scan([str(tmp_path)])
    assert result.found == []
    assert codes(result) == {"pipe.txt": "special", "socket.txt": "special", "null.txt": "link"}


def test_strange_names_are_kept_and_impossible_ones_said(tmp_path):
    good = ["with 'quotes\".txt", "new\nline.txt", "\u202egnp.txt", "日本語.txt"]
    for name in good:
        (tmp_path / name).write_text("x")
    bad = os.path.join(os.fsencode(tmp_path), b"bad-\xff.txt")
    with open(bad, "w") as file:
        file.write("x")
    result = scan([str(tmp_path)])
    assert sorted(names(result)) == sorted(good)
    assert list(codes(result).values()) == ["name"]


def test_hidden_files_are_left(tmp_path):
    (tmp_path / ".secret.txt").write_text("x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.txt").write_text("x")
    assert codes(scan([str(tmp_path)])) == {".secret.txt": "hidden", ".git": "hidden"}


def test_an_unreadable_folder_is_said(tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir()
    (tmp_path / "good.txt").write_text("x")
    real = os.scandir

    def refuse(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)  # tests may run as root, who may open everything
    result = scan([str(tmp_path)])
    assert names(result) == ["good.txt"]
    assert codes(result) == {"locked": "unreadable_folder"}


def test_a_path_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="There is no file or folder"):
        scan([str(tmp_path / "nothing")])
