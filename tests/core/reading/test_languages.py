"""Which languages are recognized."""

import pytest

from carrel.errors import UserError
from carrel.reading import languages
from carrel.reading.languages import choose, system_language


@pytest.mark.parametrize(
    ("name", "found"),
    [("de_DE", "deu"), ("en_GB", "eng"), ("pt_BR", "por"), ("zh_TW", "chi_tra"),
     ("zh_CN", "chi_sim"), ("C", ""), ("", ""), ("tlh_AQ", "")],
)  # fmt: skip
def test_the_system_s_language(name, found):
    assert system_language(name) == found


def test_the_setting_comes_first_then_the_system_then_english(monkeypatch):
    monkeypatch.setattr(languages, "system_language", lambda: "fra")
    assert choose("deu + eng", ["deu", "eng", "osd"]) == ["deu", "eng"]
    assert choose("", ["eng", "fra", "osd"]) == ["fra"]
    assert choose("", ["eng", "spa", "osd"]) == ["eng"]
    assert choose("", ["osd", "spa"]) == ["spa"]


def test_a_language_that_is_not_there_says_what_to_install():
    with pytest.raises(UserError) as raised:
        choose("chi_sim", ["eng", "osd"])
    assert raised.value.code == "no_language"
    assert "tesseract-ocr-chi-sim" in raised.value.what_to_do
    for setting in ("osd", "--psm"):
        with pytest.raises(UserError):
            choose(setting, ["eng", "osd"])
    with pytest.raises(UserError, match="without any language"):
        choose("", ["osd"])
