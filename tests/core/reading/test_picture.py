"""Pictures: their pages are known from the header, drawn upright, and refused when too large."""

import numpy as np
import pytest
from PIL import Image

from carrel.errors import UserError
from carrel.reading import pgm
from carrel.reading.assemble import OnlyPictures, read_file
from carrel.reading.drawing import draw
from carrel.reading.inline import InlineReader
from carrel.reading.messages import RenderPage
from carrel.reading.picture import MAX_DECODED

from .scans import encoded

FORMATS = {"png": "PNG", "jpg": "JPEG", "tif": "TIFF", "bmp": "BMP", "gif": "GIF", "webp": "WEBP"}


def arrow(width=200, height=100):
    """White, with a black corner at the top left."""
    image = Image.new("RGB", (width, height), "white")
    image.paste((0, 0, 0), (0, 0, width // 4, height // 4))
    return image


def drawn(fd, page=1, width=100, gray=False):
    request = RenderPage(page=page, width=width, ranges=[], format="picture", gray=gray)
    image, data = draw(request, fd)
    if not gray:
        return image, np.asarray(decoded(data).convert("L"))
    assert data.startswith(b"P5\n%d %d\n255\n" % (image.width, image.height))
    pixels = np.frombuffer(data, np.uint8)[-image.width * image.height :]
    return image, pixels.reshape(image.height, image.width)


def decoded(data):
    import io

    return Image.open(io.BytesIO(data))


def problem_of(data, name, opened):
    with pytest.raises(UserError) as raised:
        read_file(InlineReader(), opened(data), name)
    return raised.value


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_is_a_page_to_recognize_and_is_drawn(ending, opened):
    data = encoded(arrow(), FORMATS[ending])
    problem = problem_of(data, f"x.{ending}", opened)
    assert isinstance(problem, OnlyPictures)
    assert (problem.code, problem.pictures) == ("pictures", {1: None})
    image, pixels = drawn(opened(data))
    assert (image.width, image.height) == (100, 50)
    assert pixels[5, 5] < 60
    assert pixels[40, 80] > 200


def test_a_photograph_is_shown_upright(opened):
    turned = arrow()
    exif = turned.getexif()
    exif[0x0112] = 6  # orientation: the camera was held upright, the picture lies on its side
    image, pixels = drawn(opened(encoded(turned, "JPEG", exif=exif)))
    assert (image.width, image.height) == (100, 200)
    assert pixels[5, 95] < 60  # the corner is at the top right now
    assert pixels[5, 5] > 200


def test_what_is_transparent_is_paper(opened):
    clear = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    _, pixels = drawn(opened(encoded(clear, "PNG")))
    assert pixels.min() == 255


def test_pages_of_a_tiff(opened):
    pages = [arrow(), Image.new("L", (80, 60), 128)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert problem_of(data, "fax.tif", opened).pictures == {1: None, 2: None}
    assert drawn(opened(data), page=2)[1].mean() == 128
    with pytest.raises(UserError) as raised:
        drawn(opened(data), page=3)
    assert raised.value.code == "no_page"


def test_small_letters_are_doubled_for_recognition_and_large_pictures_bounded(opened):
    image, _ = drawn(opened(encoded(arrow(600, 300), "PNG")), gray=True)
    assert (image.width, image.height) == (1200, 600)
    image, _ = drawn(opened(encoded(arrow(7000, 4000), "PNG")), gray=True)
    assert 0.95 * pgm.MAX_PIXELS < image.width * image.height <= pgm.MAX_PIXELS


def test_an_icon_holds_no_text(opened):
    problem = problem_of(encoded(arrow(49, 200), "PNG"), "icon.png", opened)
    assert problem.code == "empty"
    assert "49 x 200" in problem.what


def test_a_bomb_is_refused_by_its_header(opened):
    """60,000 x 60,000 pixels in some bytes: the header of a small PNG says other sizes."""
    import struct
    import zlib

    data = bytearray(encoded(arrow(), "PNG"))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    assert MAX_DECODED < 60_000**2
    problem = problem_of(bytes(data), "bomb.png", opened)
    assert problem.code == "too_large"
    assert "60,000 x 60,000" in problem.what


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "webp"])
def test_a_picture_that_is_cut_short_gives_one_sentence(ending, opened):
    noisy = Image.fromarray(
        np.random.default_rng(1).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    )
    data = encoded(noisy, FORMATS[ending])
    with pytest.raises(UserError) as raised:
        drawn(opened(data[: len(data) // 3]))
    assert raised.value.code == "broken"
    assert "damaged" in raised.value.what


def test_what_only_calls_itself_a_picture(opened):
    assert problem_of(b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "x.png", opened).code == "broken"
    assert problem_of(b"%!PS-Adobe-3.0 EPSF-3.0\n", "x.png", opened).code == "broken"
