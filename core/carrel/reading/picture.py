"""Reads pictures: no text of their own, but pages to be seen and recognized.

Decoded by Pillow, here in the reader, which has no network, writes nothing and starts nothing;
the window and the text recognition only ever see pixels.
"""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from carrel.errors import UserError
from carrel.reading import pgm, png, problems, source
from carrel.reading.messages import Extract, Extracted, PageImage, RenderPage, Section
from carrel.reading.render import MAX_PIXELS

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 500_000_000
MAX_DECODED = 120_000_000
"""Pixels of a picture that is decoded: 8 times those of a usual camera, 0.5 GB as they are kept."""

MAX_PAGES = 2_000
SMALLEST = 50
"""Pixels of the shorter side below which a picture is an icon and holds no text."""

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")  # no others: some start programs
_SMALL_TEXT = 1_600  # pixels of the longer side up to which a picture is taken for a screen's
_SCREEN_DPI = 150  # about half of what recognition wants: doubled, its letters are large enough


def extract(request: Extract, fd: int, cancel: threading.Event) -> Iterator[Section | Extracted]:
    """Yield one Section without text per page of a picture. Only its header is read.

    Raises UserError: "empty" for an icon, "broken", "too_large".
    """
    with _opened(fd) as image:
        pages = _pages(image)
        if min(image.size) < SMALLEST:
            wide, high = image.size
            raise problems.empty(f"The picture is too small to hold text ({wide} x {high} pixels).")
        for number in range(1, pages + 1):
            yield Section(text="", page=number, blocks=[], picture=True)
        yield Extracted(title="", pages=pages, engine="pillow")


def draw_picture(request: RenderPage, fd: int) -> tuple[PageImage, bytes]:
    """Return a picture (of a TIFF a page) and its PNG, upright, at most 4 megapixels.

    For recognition it is a grey PGM, doubled where its letters may be as small as on a screen.
    Raises UserError: "broken", "too_large", "no_page".
    """
    import numpy as np
    from PIL import Image, ImageOps

    with _opened(fd) as image:
        if not 1 <= request.page <= _pages(image):
            raise UserError(f"The picture has no page {request.page}.", code="no_page")
        try:
            image.seek(request.page - 1)
            _check_size(image)
            upright = ImageOps.exif_transpose(_flat(image))
        except (OSError, SyntaxError, ValueError, EOFError, OverflowError) as error:
            raise _broken(error) from error
        mode = "L" if request.gray else "RGB"
        drawn = upright.convert(mode).resize(_size(upright, request), Image.Resampling.LANCZOS)
        pixels = np.asarray(drawn, dtype=np.uint8)
        encoded = pgm.encode(pixels) if request.gray else png.encode(pixels)
        return PageImage(width=drawn.width, height=drawn.height, boxes=[]), encoded


@contextmanager
def _opened(fd: int) -> Iterator[Image]:
    """The picture in a descriptor, its header read. Raises UserError."""
    from PIL import Image, UnidentifiedImageError

    source.size_of(fd, MAX_BYTES)
    Image.MAX_IMAGE_PIXELS = None  # `_check_size` says it in one sentence
    # Odd metadata is no reason to complain: the pixels are what counts.
    with source.open_stream(fd) as file, warnings.catch_warnings(action="ignore"):
        try:
            image = Image.open(file, formats=_FORMATS)
        except UnidentifiedImageError:
            raise problems.broken(
                "The picture is damaged, or not of the kind that its name says."
            ) from None
        except (OSError, SyntaxError, ValueError, OverflowError) as error:
            raise _broken(error) from error
        with image:
            _check_size(image)
            yield image


def _flat(image: Image) -> Image:
    """The decoded picture without transparency, on white; its orientation is kept."""
    from PIL import Image

    if not image.has_transparency_data:
        image.load()
        return image
    layered = image.convert("RGBA")
    white = Image.new("RGBA", layered.size, "white")
    white.alpha_composite(layered)
    white.info.update({k: v for k, v in image.info.items() if k == "exif"})
    return white


def _size(image: Image, request: RenderPage) -> tuple[int, int]:
    """The size in pixels to draw a picture at."""
    wide, high = image.size
    if request.gray:
        scale = 2.0 if max(wide, high) <= _SMALL_TEXT else 1.0
        most = pgm.MAX_PIXELS
    else:
        scale, most = min(1.0, max(request.width, 1) / wide), MAX_PIXELS
    scale = min(scale, math.sqrt(most / (wide * high)))
    return max(1, int(wide * scale)), max(1, int(high * scale))


def _pages(image: Image) -> int:
    """How many pages a TIFF has; what moves (GIF, WebP) has one."""
    if image.format != "TIFF":
        return 1
    try:
        return min(int(getattr(image, "n_frames", 1)), MAX_PAGES)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _broken(error) from error


def _check_size(image: Image) -> None:
    wide, high = image.size
    if wide * high > MAX_DECODED:
        raise UserError(
            f"The picture has {wide:,} x {high:,} pixels; Carrel reads up to"
            f" {MAX_DECODED // 1_000_000} million.",
            "Save it smaller and add that.",
            "too_large",
        )


def _broken(error: Exception) -> UserError:
    return problems.broken(f"The picture is damaged or cut short ({error}).")
