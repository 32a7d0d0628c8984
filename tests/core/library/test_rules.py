"""What rules leave out, and that the reason is said."""

import os

import pytest

from carrel.library.rules import Rules
from carrel.library.sync import scan


@pytest.fixture
def tree(tmp_path):
    def make(**files):
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return make


def found(tmp_path, rules=None):
    seen = scan([str(tmp_path)], rules)
    names = sorted(os.path.relpath(one.path, tmp_path) for one in seen.found)
    return names, {os.path.relpath(one.path, tmp_path): one.code for one in seen.left}


def test_gitignore_files_are_obeyed_the_deeper_before_the_upper(tree):
    top = tree(
        _dot_gitignore="*.log\nbuild/\n", a_dot_txt="x", b_dot_log="x", build__c_dot_txt="x",
        sub___dot_gitignore="!keep.log\nsecret*\n", sub__keep_dot_log="x", sub__other_dot_log="x",
        sub__secret_dot_txt="x",
    )  # fmt: skip
    names, left = found(top)
    assert names == ["a.txt", "sub/keep.log"]
    assert left == {
        ".gitignore": "hidden", "sub/.gitignore": "hidden", "b.log": "ignored", "build": "ignored",
        "sub/other.log": "ignored", "sub/secret.txt": "ignored",
    }  # fmt: skip
    names, _ = found(top, Rules(gitignore=False))
    assert "b.log" in names
    assert "build/c.txt" in names


def test_the_reason_names_the_file_that_leaves_it_out(tree):
    top = tree(_dot_gitignore="*.log\n", b_dot_log="x")
    (one,) = [one for one in scan([str(top)]).left if one.code == "ignored"]
    assert one.reason == f"{top / '.gitignore'} leaves it out."


def test_a_collections_own_patterns_go_before_all_others(tree):
    top = tree(_dot_gitignore="*.log\n", b_dot_log="x", a_dot_txt="x", drafts__d_dot_txt="x")
    names, left = found(top, Rules(patterns=["drafts/", "!b.log"]))
    assert names == ["a.txt", "b.log"]
    assert left["drafts"] == "pattern"


def test_temporary_files_are_left_out_and_can_be_taken_back(tree):
    names = ["~$report.docx", "x.tmp", "Thumbs.db", "notes.txt~", ".~lock.sheet.ods#", "good.txt"]
    top = tree(**{name.replace(".", "_dot_"): "x" for name in names}, node_modules__m_dot_js="x")
    assert found(top)[0] == ["good.txt"]
    assert found(top)[1]["node_modules"] == "temporary"
    assert found(top, Rules(patterns=["!*.tmp"]))[0] == ["good.txt", "x.tmp"]


def test_hidden_files_and_large_ones_as_the_rules_say(tree):
    top = tree(_dot_hidden_dot_txt="x", big_dot_txt="x" * 1_000_001, small_dot_txt="x")
    assert found(top) == (["big.txt", "small.txt"], {".hidden.txt": "hidden"})
    assert found(top, Rules(hidden=True, largest_mb=1)) == (
        [".hidden.txt", "small.txt"], {"big.txt": "too_large"}
    )  # fmt: skip


def test_a_file_that_is_named_itself_is_never_left_out(tree):
    top = tree(x_dot_tmp="x")
    assert [one.path for one in scan([str(top / "x.tmp")]).found] == [str(top / "x.tmp")]


def test_a_gitignore_that_is_none_says_nothing(tree):
    top = tree(a_dot_txt="x", sub__b_dot_txt="x")
    (top / ".gitignore").mkdir()
    (top / "sub" / ".gitignore").write_bytes(b"\xff\xfe\x00[")
    assert found(top)[0] == ["a.txt", "sub/b.txt"]
