"""Text recognition by the installed tesseract, in a process that may do nothing else."""

from __future__ import annotations

import shutil
import threading

import pytest
from PIL import Image

from carrel.errors import Cancelled, UserError
from carrel.process import landlock
from carrel.reading import pgm, tesseract
from carrel.reading.tesseract import Tesseract

from .scans import noise, picture

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="the program tesseract is not installed"
)
WORDS = ["The boiler in the cellar was serviced in March.", "Its pressure valve leaks at night."]


def page(image):
    import numpy as np

    return pgm.encode(np.asarray(image.convert("L"), dtype=np.uint8))


@pytest.fixture(scope="module")
def recognizer():
    return Tesseract()


def program(folder, text):
    """A program called tesseract, of our own."""
    path = folder / "tesseract"
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@needs_tesseract
def test_print_is_read_word_by_word_with_boxes_on_the_ink(recognizer):
    image = picture(WORDS, 1700)
    found = recognizer.recognize(page(image), ["eng"])
    assert found.text == "\n".join(WORDS)
    assert found.confidence > 80
    at = found.text.index("valve")
    ((left, top, width, height),) = found.boxes(at, at + 5, image.width)
    inside = image.crop((round(left), round(top), round(left + width), round(top + height)))
    assert inside.getextrema()[0] < 80  # there is ink in it
    outside = image.crop((round(left), round(top) - 14, round(left + width), round(top) - 8))
    assert outside.getextrema()[0] > 200  # and none above the letters


@needs_tesseract
def test_noise_and_blank_paper_give_no_text_and_say_why(recognizer):
    for image in (noise(), Image.new("L", (900, 600), 255)):
        found = recognizer.recognize(page(image), ["eng"])
        assert (found.text, found.words) == ("", [])
        assert found.problem


@needs_tesseract
def test_what_the_process_may_not_do_is_tried_and_refused(recognizer):
    rows = {row.attempt: row for row in recognizer.probe().rows}
    assert rows["open a TCP socket (IPv4)"].outcome == "refused by the kernel"
    assert rows["start a program"].outcome == "refused by the kernel"
    assert not any(row.allowed and row.must_refuse for row in rows.values())
    if landlock.version():
        for words in ("write a file", "become another program"):
            assert (rows[words].must_refuse, rows[words].allowed) == (True, False)


@needs_tesseract
def test_bytes_that_are_no_picture_cost_that_page_alone(recognizer):
    found = recognizer.recognize(b"P5\n40 40\n255\n" + b"too short", ["eng"])
    assert found.text == ""
    assert "tesseract gave it up" in found.problem
    assert recognizer.recognize(page(picture(WORDS)), ["eng"]).text.startswith("The boiler")


@needs_tesseract
def test_a_stop_ends_a_page(recognizer):
    stop = threading.Event()
    stop.set()
    recognizer.languages()
    with pytest.raises(Cancelled):
        recognizer.recognize(page(picture(WORDS)), ["eng"], stop)


@needs_tesseract
def test_a_page_has_its_time(recognizer, monkeypatch):
    recognizer.languages()
    one = picture(WORDS * 60, 2550)
    # The kernel counts no less than a whole second, and a fast machine reads one page in less.
    tall = Image.new("L", (one.width, 8 * one.height), 255)
    for place in range(8):
        tall.paste(one, (0, place * one.height))
    long = page(tall)
    monkeypatch.setattr(tesseract, "PAGE_SECONDS", 1)
    assert "took longer than 1 s" in recognizer.recognize(long, ["eng"]).problem
    monkeypatch.setattr(tesseract, "PAGE_SECONDS", 60)
    monkeypatch.setattr(tesseract, "MOST_SECONDS", 0.0)
    assert "took longer than" in recognizer.recognize(long, ["eng"]).problem


def test_without_tesseract_it_says_what_to_install():
    absent = Tesseract("no-such-program")
    assert not absent.available()
    with pytest.raises(UserError) as raised:
        absent.languages()
    assert raised.value.code == "no_tesseract"
    assert "tesseract-ocr-eng" in raised.value.what_to_do


def test_a_tesseract_that_does_not_work_is_said_to(tmp_path):
    silent = Tesseract(program(tmp_path, "#!/bin/sh\nexit 1\n"))
    with pytest.raises(UserError) as raised:
        silent.languages()
    assert raised.value.code == "tesseract"


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
def test_a_script_in_its_place_is_not_run_on_pictures(tmp_path):
    """It lists languages, and then would run a shell, which the limits forbid."""
    listing = f'List of available languages in "{tmp_path}" (1):'
    place = program(tmp_path, f"#!/bin/sh\necho '{listing}'\necho eng\n")
    with pytest.raises(UserError) as raised:
        Tesseract(place).languages()
    assert raised.value.code == "tesseract"
    assert "cannot be started" in raised.value.what
