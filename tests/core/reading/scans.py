"""Pictures of text, and PDFs whose pages are such pictures: drawn by pdfium from real text."""

from __future__ import annotations

import io
import os
import tempfile
import zlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from carrel.reading.messages import RenderPage
from carrel.reading.render import render

from .pdf_maker import _FONT_OBJECTS, _FONTS, build, content, document, line, stream

TOP = 700
LINE = 22


def picture(words: Sequence[str], width: int = 1240) -> Image.Image:
    """A grey page (612 x 792 points) with these lines of print, `width` pixels wide."""
    page = [line(text, 14, 60, TOP - LINE * i) for i, text in enumerate(words)]
    with tempfile.TemporaryFile() as file:
        file.write(document([page]))
        file.flush()
        os.lseek(file.fileno(), 0, os.SEEK_SET)
        request = RenderPage(page=1, width=0, ranges=[], gray=True)
        image, data = render(request, file.fileno())
    pixels = data[-image.width * image.height :]
    made = Image.frombytes("L", (image.width, image.height), pixels)
    return made.resize((width, round(width * image.height / image.width)))


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def noise(width: int = 600, height: int = 400) -> Image.Image:
    """A picture without any text."""
    pixels = np.random.default_rng(5).integers(0, 255, (height, width), dtype=np.uint8)
    return Image.fromarray(pixels, "L").resize((width, height))


def scan(pages: Sequence[Image.Image | Sequence[str]]) -> bytes:
    """A PDF whose pages are pictures, or, for a list of words, text as usual."""
    kids = b" ".join(b"%d 0 R" % (10 + 3 * i) for i in range(len(pages)))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        **_FONT_OBJECTS,
    }
    assert len(pages) < 26, "numbers from 90 on are fonts"
    for i, page in enumerate(pages):
        number = 10 + 3 * i
        resources = _FONTS
        drawn = b"q 612 0 0 792 0 0 cm /Im Do Q"
        if isinstance(page, Image.Image):
            resources = b"/XObject << /Im %d 0 R >>" % (number + 2)
            objects[number + 2] = stream(
                zlib.compress(page.convert("L").tobytes()),
                b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8"
                b" /ColorSpace /DeviceGray /Filter /FlateDecode" % page.size,
            )
        else:
            lines = [line(text, 12, 60, TOP - LINE * k) for k, text in enumerate(page)]
            drawn = content(lines)
        objects[number] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << %s >> >>" % (number + 1, resources)
        )
        objects[number + 1] = stream(drawn)
    return build(objects)
