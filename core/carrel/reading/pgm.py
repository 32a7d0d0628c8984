"""Writes a grey picture in the plainest format there is (PGM), for text recognition to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DPI = 300
"""Dots per inch that tesseract's models are at home with (its documentation, "ImproveQuality")."""

MAX_PIXELS = 20_000_000
"""Of one page: more than A3 at 300 dots per inch; a larger page is drawn smaller."""


def encode(pixels: NDArray[np.uint8]) -> bytes:
    """Return the PGM file of an image, shape (height, width), 8-bit grey."""
    height, width = pixels.shape
    return b"P5\n%d %d\n255\n" % (width, height) + pixels.tobytes()
