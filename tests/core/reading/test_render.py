"""What carrel.reading.render promises."""

import struct
import zlib

import numpy as np
import pypdfium2
import pytest

from carrel.errors import UserError
from carrel.reading import png
from carrel.reading.messages import RenderPage
from carrel.reading.render import MAX_PIXELS, Box, merge_lines, render
from tests.core.reading.pdf_maker import document, line

PAGE = [line("Upper line of words", y=700), line("Lower line of words", y=600)]


def decode_png(data: bytes) -> np.ndarray:
    """Return the pixels (height, width, 3) of a PNG with filter 0."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            kind + body
        )
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert (depth, colour) == (8, 2)
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + 3 * width)
    assert not rows[:, 0].any()
    return rows[:, 1:].reshape(height, width, 3)


def ink(pixels: np.ndarray, box) -> float:
    """Share of dark pixels inside a box."""
    x, y, w, h = (round(v) for v in box)
    return float((pixels[y : y + h, x : x + w].mean(axis=2) < 128).mean())


def test_png_keeps_every_pixel():
    pixels = np.random.default_rng(1).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    assert np.array_equal(decode_png(png.encode(pixels)), pixels)


def test_colours_are_not_swapped(opened):
    data = document([[line("x")]]).replace(
        b"BT /A 12 Tf 50 700 Td (x) Tj ET", b"1 0 0 rg 0 0 612 792 re f      "
    )
    _, image = render(RenderPage(page=1, width=50, ranges=[]), opened(data))
    assert decode_png(image)[30, 25].tolist() == [255, 0, 0]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_boxes_hold_the_words_and_nothing_else(opened, rotate):
    data = document([PAGE], page_entries=b"/Rotate %d" % rotate)
    found, image = render(RenderPage(page=1, width=800, ranges=[(0, 10), (21, 26)]), opened(data))
    pixels = decode_png(image)
    assert pixels.shape == (found.height, found.width, 3)
    assert (found.width > found.height) == (rotate in (90, 270))
    assert len(found.boxes) == 2
    for box in found.boxes:
        assert ink(pixels, box) > 0.1
    upper, lower = found.boxes
    longer = 2 if rotate in (0, 180) else 3
    assert upper[longer] > 1.5 * lower[longer]


def test_the_crop_box_moves_the_boxes(opened):
    whole, _ = render(RenderPage(page=1, width=612, ranges=[(0, 5)]), opened(document([PAGE])))
    data = document([PAGE], page_entries=b"/CropBox [40 500 240 792]")
    cropped, image = render(RenderPage(page=1, width=200, ranges=[(0, 5)]), opened(data))
    assert (cropped.width, cropped.height) == (200, 292)
    assert cropped.boxes[0][0] == pytest.approx(whole.boxes[0][0] - 40, abs=1.5)
    assert cropped.boxes[0][1] == pytest.approx(whole.boxes[0][1], abs=1.5)
    assert ink(decode_png(image), cropped.boxes[0]) > 0.1


def test_a_range_over_two_lines_has_a_box_for_each(opened):
    with pypdfium2.PdfDocument(data := document([PAGE])) as source:
        count = source[0].get_textpage().count_chars()
    found, _ = render(RenderPage(page=1, width=600, ranges=[(0, count)]), opened(data))
    assert len(found.boxes) == 2


def test_ranges_outside_the_page_have_no_boxes(opened):
    ranges = [(-5, 0), (900, 950), (7, 3)]
    found, _ = render(RenderPage(page=1, width=100, ranges=ranges), opened(document([PAGE])))
    assert found.boxes == []


@pytest.mark.parametrize("width", [-3, 1, 100_000])
def test_the_size_is_bounded(opened, width):
    found, _ = render(RenderPage(page=1, width=width, ranges=[]), opened(document([PAGE])))
    assert 1 <= found.width * found.height <= MAX_PIXELS


def test_reasons(opened):
    with pytest.raises(UserError) as caught:
        render(RenderPage(page=9, width=100, ranges=[]), opened(document([PAGE])))
    assert caught.value.code == "no_page"
    with pytest.raises(UserError) as caught:
        render(RenderPage(page=1, width=100, ranges=[]), opened(b"no pdf"))
    assert caught.value.code == "broken"


def test_words_of_a_line_merge_and_lines_do_not():
    words = [Box(0, 0, 30, 10), Box(33, 1, 60, 10), Box(0, 14, 20, 24), Box(200, 14, 220, 24)]
    assert merge_lines(words) == [Box(0, 0, 60, 10), Box(0, 14, 20, 24), Box(200, 14, 220, 24)]
