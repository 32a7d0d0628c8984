"""What carrel.reading.decoding promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrel.errors import UserError
from carrel.reading.decoding import clean, decode, looks_binary, one_line
from tests.core.reading.conftest import code_of

GERMAN = "Die Straße ist schön und größer als früher – „alles“ kostet 5 €."
POLISH = "Zażółć gęślą jaźń, proszę bardzo, to jest zupełnie zwykły tekst."
RUSSIAN = "Привет, как дела? Это простой русский текст для проверки."
JAPANESE = "これは日本語のテキストです。文字コードの判定を試します。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GERMAN, "utf-8"),
        (GERMAN, "utf-8-sig"),
        (GERMAN, "utf-16"),
        (GERMAN, "utf-32"),
        (GERMAN, "utf-16-le"),
        (GERMAN, "utf-16-be"),
        (GERMAN, "cp1252"),
        ("café", "cp1252"),
        ("naïve — “quoted” text", "cp1252"),
        (POLISH, "cp1250"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        ("这是一个中文文本，用来测试编码检测。", "gb18030"),
        ("이것은 한국어 텍스트입니다. 인코딩을 확인합니다.", "cp949"),
        ("Αυτό είναι ένα ελληνικό κείμενο για δοκιμή.", "cp1253"),
    ],
)
def test_encodings(text, encoding):
    assert clean(decode(text.encode(encoding))) == text


def test_a_declared_encoding_is_believed_unless_utf8_fits():
    assert decode("śledź".encode("iso-8859-2"), "iso-8859-2") == "śledź"
    assert decode("straße".encode(), "iso-8859-1") == "straße"
    assert decode("straße".encode("cp1252"), "no-such-encoding") == "straße"


def test_utf8_cut_in_a_character_stays_utf8():
    assert decode((GERMAN * 20).encode()[:-2]).startswith(GERMAN)


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 40,
        b"\x7fELF" + b"\x00\x01\x02\x03" * 500,
        b"words " * 2000 + bytes(range(32)) * 4000,
    ],
)
def test_binary_is_said(data):
    assert looks_binary(data)
    with pytest.raises(UserError) as caught:
        decode(data)
    assert caught.value.code == "binary"


def test_a_log_with_a_tail_of_nuls_is_text():
    data = b"12:00 started\n" * 50 + b"\0" * 4096
    assert clean(decode(data)) == "12:00 started\n" * 50


def test_colours_of_a_terminal_are_text():
    assert not looks_binary(b"\x1b[31mred\x1b[0m plain\n" * 10)


def test_newlines_controls_and_surrogates():
    messy = "a\r\nb\rc\x00d\x0ce\ud800f\ufeffg\uffffh\x1b[0m"
    assert clean(messy) == "a\nb\ncd\ne\ufffdfg\ufffdh[0m"


def test_endless_white_space_shrinks():
    assert clean("a" + " " * 100_000 + "b") == "a\n\nb"


@given(st.binary(max_size=2000))
def test_any_bytes_give_clean_text_or_a_reason(data):
    code = code_of(lambda: decode(data))
    assert code in ("", "binary")
    if not code:
        text = clean(decode(data))
        text.encode()
        assert not set(text) & set("\0\r\x0b\x7f\ufffe\uffff")


@given(st.text(st.characters(), max_size=3000))
def test_titles_are_one_short_printable_line(text):
    line = one_line(text)
    assert len(line) <= 200
    assert "\n" not in line
    assert "\u202e" not in line
    line.encode()
