"""`carrel models preset` and `carrel models template` as scripts and people see them."""

from __future__ import annotations

import pytest

from tests.models.tiny_gguf import write_tiny

from .test_cli import document, run


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets")
    path = write_tiny(folder / "mine.gguf", change={"general.sampling.temp": 0.6})
    added = document(run(folder, "models", "add", str(path), "--json"))
    return folder, added["model"]


def test_a_preset_is_shown_changed_exported_and_imported(home):
    folder, model = home
    found = document(run(folder, "models", "preset", model, "--json"))
    assert set(found) == {
        "model_id", "preset", "defaults", "vendor", "reply_tokens", "unknown", "note",
    }  # fmt: skip
    assert (found["defaults"]["temperature"], found["vendor"]) == (0.6, ["temperature"])
    file = folder / "p.toml"
    changed = document(run(folder, "models", "preset", model, "--set", "top_k=7", "--set",
                           "role.user=Tenant", "--export", str(file), "--json"))  # fmt: skip
    assert changed["preset"]["top_k"] == 7
    assert "top_k = 7" in file.read_text(encoding="utf-8")
    reset = document(run(folder, "models", "preset", model, "--reset", "--json"))
    assert reset["preset"] == found["preset"]
    file.write_text("zeta = 1\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    back = document(run(folder, "models", "preset", model, "--import", str(file), "--json"))
    assert (back["preset"], back["unknown"]) == (changed["preset"], ["zeta"])


def test_text_for_people(home):
    folder, model = home
    run(folder, "models", "preset", model, "--reset")
    shown = run(folder, "models", "preset", model).stdout
    assert "temperature     0.6 (the vendor's)" in shown
    assert "context         chosen by Carrel" in shown


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--set", "temperature=9"], "temperature is 9, and must be between 0 and 5"),
        (["--set", "tempo=9"], "A preset has no tempo"),
        (["--set", "tempo"], "is no NAME=VALUE"),
        (["--import", "none.toml"], "none.toml cannot be used"),
    ],
)
def test_what_is_wrong_is_one_sentence(home, words, sentence):
    folder, model = home
    done = run(folder, "models", "preset", model, *words)
    assert done.returncode == 1
    assert sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_templates_are_shown_previewed_and_chosen(home):
    folder, model = home
    found = document(run(folder, "models", "template", model, "--json"))
    assert (found["chosen"], found["state"]) == ("", "unknown")
    assert found["preview"]["name"].startswith("built-in chatml")
    shown = run(folder, "models", "template", model, "--preview", "vicuna").stdout
    assert "USER: And for painting?" in shown
    own = document(run(folder, "models", "template", model, "--choose", "own", "--json"))
    assert (own["chosen"], own["preview"]["name"]) == ("own", "the model's own (unknown)")
    back = document(run(folder, "models", "template", model, "--choose", "auto", "--json"))
    assert back["chosen"] == ""


def test_a_template_that_cannot_be_used_is_not_chosen(tmp_path):
    path = write_tiny(tmp_path / "bad.gguf", template="{{ '<|im_start|><|im_end|>' * 9 }}")
    model = document(run(tmp_path, "models", "add", str(path), "--json"))["model"]
    done = run(tmp_path, "models", "template", model, "--choose", "own")
    assert done.returncode == 1
    assert "chat template of this model cannot be used" in " ".join(done.stderr.split())
    assert document(run(tmp_path, "models", "template", model, "--json"))["chosen"] == ""
