"""A quote from recognized text is shown on the picture, with its box on the words, or nowhere."""

import io

import numpy as np
import pytest
from PIL import Image

from carrel.desk.requests import ViewSource
from carrel.desk.sources import Sources

from ..fake_core import FakeCore, ScriptedRecognizer
from ..reading.scans import encoded, noise, picture, scan

WORDS = "The tenant pays a deposit."


@pytest.fixture
def core(profile):
    made = FakeCore(profile, recognizer=ScriptedRecognizer([WORDS, WORDS, WORDS]))
    made.settings.set("ocr", "on")
    yield made
    made.close()


def viewed(core, path, quote, page=0, width=500):
    text, _ = core.library.catalogue.text(str(path))
    start = text.index(quote)
    request = ViewSource(
        document=str(path), start=start, end=start + len(quote), quote=quote, page=page, width=width
    )
    return Sources(core.library.catalogue, core.reader).view(request)


def test_an_image_is_a_page_with_the_words_marked(core, tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(picture(["Something."], 1000), "JPEG"))
    core.library.add([str(path)])
    view, png = viewed(core, path, "pays a")
    assert (view.kind, view.state, view.page, view.pages, view.ocr) == (
        "page",
        "stands",
        1,
        1,
        True,
    )
    assert Image.open(io.BytesIO(png)).size == (view.width, view.height)
    ((wide, _),) = core.recognizer.pictures
    scale = view.width / wide
    assert np.allclose(view.boxes, [(200 * scale, 50 * scale, 190 * scale, 20 * scale)])


def test_a_scanned_page_of_a_pdf(core, tmp_path):
    path = tmp_path / "mixed.pdf"
    path.write_bytes(scan([["The first page is text."], picture([], 300)]))
    core.library.add([str(path)])
    view, _ = viewed(core, path, "deposit.")
    assert (view.kind, view.page, view.ocr, len(view.boxes)) == ("page", 2, True, 1)
    assert view.boxes[0][0] == pytest.approx(400 / 2550 * view.width)
    before, _ = viewed(core, path, "first page")
    assert (before.page, before.ocr, len(before.boxes)) == (1, False, 1)  # its own characters
    other, _ = viewed(core, path, "first page", page=2)
    assert (other.page, other.ocr, other.boxes) == (2, True, [])


def test_a_picture_that_has_changed_is_not_marked(core, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(picture([], 1000), "PNG"))
    core.library.add([str(path)])
    path.write_bytes(encoded(noise(), "PNG"))
    view, png = viewed(core, path, "pays a")
    assert (view.kind, view.state, png, view.ocr) == ("text", "changed", b"", True)
    assert "The file has changed" in view.note
    assert view.text[view.mark_start : view.mark_end] == "pays a"
    path.unlink()
    view, _ = viewed(core, path, "pays a")
    assert (view.kind, view.state) == ("text", "missing")
