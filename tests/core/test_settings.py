"""Settings are checked when set, kept whole on disk, and never lost when a file is unreadable."""

import pytest

from carrel.errors import UserError
from carrel.settings import SETTINGS, Settings, parse


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.toml"


def test_defaults_apply_without_a_file(path):
    assert Settings(path)["theme"] == "system"
    assert not path.exists()


def test_what_is_set_is_there_again(path):
    Settings(path).set("prompt_tokens", "1200")
    again = Settings(path)
    assert again.whole("prompt_tokens") == 1200
    assert again.text("mode") == "auto"


@pytest.mark.parametrize(
    ("name", "text"), [("theme", "pink"), ("passages", "0"), ("passages", "many"), ("nothing", "1")]
)
def test_a_bad_value_is_a_sentence_and_changes_nothing(path, name, text):
    settings = Settings(path)
    with pytest.raises(UserError) as caught:
        settings.set(name, text)
    assert caught.value.what.endswith(".")
    assert not path.exists()


def test_an_unreadable_file_is_set_aside(path):
    path.write_text("theme = [not toml")
    settings = Settings(path)
    assert settings["theme"] == "system"
    assert "could not be read" in settings.note
    assert path.with_suffix(".unreadable.toml").read_text() == "theme = [not toml"


def test_every_default_passes_its_own_check():
    for name, setting in SETTINGS.items():
        assert parse(name, str(setting.default)) == setting.default
        assert setting.help.endswith(".")
