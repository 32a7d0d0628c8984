"""Model folders that cannot be used are one sentence, before anything is loaded."""

import json

import pytest

from carrel.errors import UserError
from carrel.library.embedder_folder import check_folder, languages, names_code

KIND = "sentence_transformers.models"
TRANSFORMER = {"idx": 0, "name": "0", "path": "", "type": f"{KIND}.Transformer"}
POOLING = {"idx": 1, "name": "1", "path": "p", "type": f"{KIND}.Pooling"}


@pytest.fixture
def folder(tmp_path):
    """A folder that passes; each test breaks it."""
    (tmp_path / "p").mkdir()
    write(tmp_path / "modules.json", [TRANSFORMER, POOLING])
    write(tmp_path / "p" / "config.json", {"pooling_mode_mean_tokens": True})
    (tmp_path / "model.safetensors").write_bytes(b"")
    return tmp_path


def write(path, value):
    path.write_text(json.dumps(value))


def said(folder):
    with pytest.raises(UserError) as error:
        check_folder(folder)
    assert error.value.what_to_do
    return error.value.what


def test_good_folders_pass(folder):
    check_folder(folder)
    for config in (
        {"pooling_mode": "lasttoken"},
        {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False},
        {"pooling_mode_mean_sqrt_len_tokens": True, "pooling_mode_weightedmean_tokens": True},
    ):
        write(folder / "p" / "config.json", config)
        check_folder(folder)


def test_bad_folders_are_one_sentence(folder):
    assert "no folder" in said(folder / "nowhere")
    write(folder / "p" / "config.json", {"pooling_mode": "attention"})
    assert "pooling 'attention'" in said(folder)
    write(folder / "p" / "config.json", {"pooling_mode_strange_tokens": True})
    assert "pooling 'strange_tokens'" in said(folder)
    write(folder / "p" / "config.json", {})
    assert "no pooling" in said(folder)
    write(folder / "p" / "config.json", {"pooling_mode": "mean"})
    (folder / "p" / "pytorch_model.bin").write_bytes(b"")
    assert "no model.safetensors" in said(folder)
    (folder / "p" / "pytorch_model.bin").unlink()
    (folder / "model.safetensors").unlink()
    assert "no model.safetensors" in said(folder)
    write(folder / "modules.json", [TRANSFORMER, POOLING | {"type": "own_code.Pooling"}])
    assert "needs code of its own" in said(folder)
    write(folder / "modules.json", [TRANSFORMER | {"path": "../elsewhere"}])
    assert "outside" in said(folder)
    write(folder / "modules.json", {"not": "a list"})
    assert "no list of modules" in said(folder)
    (folder / "modules.json").write_text("[" * 100_000)
    assert "cannot be read" in said(folder)
    (folder / "modules.json").unlink()
    assert "no modules.json" in said(folder)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("---\nlanguage: en\n---\n", ["en"]),
        ("---\nlanguage:\n- en\n- no\n- zh-CN\ntags:\n- fr\n---\n", ["en", "no", "zh"]),
        ("---\nlanguage: [de, 'fr', multilingual]\n---\n", ["de", "fr", "multilingual"]),
        ("---\nlicense: mit\n---\nlanguage: en\n", []),
        ("# No front matter\n", []),
        ("", []),
    ],
)
def test_the_readme_names_the_languages(folder, written, found):
    (folder / "README.md").write_text(written)
    assert languages(folder) == found
    (folder / "README.md").unlink()
    assert languages(folder) == []


def test_a_program_of_its_own_is_seen(folder):
    assert not names_code(folder)
    write(folder / "config.json", {"auto_map": {"AutoModel": "strange.Model"}})
    assert names_code(folder)
