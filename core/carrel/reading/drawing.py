"""Draws a page of whatever has pages to be seen: a PDF, or a picture."""

from __future__ import annotations

from carrel.reading.messages import PageImage, RenderPage


def draw(request: RenderPage, fd: int) -> tuple[PageImage, bytes]:
    """Return a page's image and its bytes. Raises UserError; see `render` and `picture`."""
    if request.format == "picture":
        from carrel.reading.picture import draw_picture

        return draw_picture(request, fd)
    from carrel.reading.render import render

    return render(request, fd)
