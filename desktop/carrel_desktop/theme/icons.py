"""The icons of the rail and the buttons, drawn as strokes in the colour of their place."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from carrel_desktop.theme.roles import Roles

_PATHS = {
    "ask": "M4 5h16v11H9l-5 4z",
    "library": "M4 5h5v15H4zM9 5h5v15H9zM15 6l4-1 3 14-4 1z",
    "models": "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
    "lab": "M9 3h6M10 3v6l-6 10v2h16v-2l-6-10V3M7 15h10",
    "privacy": "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM9 12l2 2 4-4",
    "settings": "M15 12a3 3 0 1 1-6 0a3 3 0 1 1 6 0M12 3v3M12 18v3M3 12h3M18 12h3M6 6l2 2M16 16l2 2"
    "M18 6l-2 2M8 16l-2 2",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "close": "M6 6l12 12M18 6L6 18",
    "previous": "M15 5l-7 7 7 7",
    "next": "M9 5l7 7-7 7",
    "up": "M5 15l7-7 7 7",
    "down": "M5 9l7 7 7-7",
    "open": "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
    "source": "M4 4h16v16H4zM14 4v16",
}
_SCALES = (1, 2)


def icon(name: str, roles: Roles, pixels: int) -> QIcon:
    """Return an icon: muted when off, accent when on or active. Raises KeyError when unknown."""
    result = QIcon()
    for state, role in ((QIcon.State.Off, "muted"), (QIcon.State.On, "accent")):
        for scale in _SCALES:
            result.addPixmap(
                _drawn(_PATHS[name], roles.color(role).name(), pixels, scale),
                QIcon.Mode.Normal,
                state,
            )
    return result


def names() -> list[str]:
    """Return the names of all icons."""
    return list(_PATHS)


def _drawn(path: str, color: str, pixels: int, scale: int) -> QPixmap:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="{path}" fill="none" '
        f'stroke="{color}" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/>'
        "</svg>"
    )
    pixmap = QPixmap(QSize(pixels, pixels) * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return pixmap
