"""The colours of the window, as roles; the only module in which a colour is written."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtGui import QColor


@dataclass(frozen=True)
class Roles:
    """One colour per role, as #RRGGBB; `dark` tells which way shadows and pages lean."""

    background: str
    panel: str
    surface: str
    line: str
    text: str
    muted: str
    accent: str
    accent_soft: str
    on_accent: str
    highlight: str
    page_highlight: str
    page: str
    warning: str
    warning_soft: str
    error: str
    error_soft: str
    shadow: str
    dark: bool

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """Return a role as a QColor; `alpha` in [0, 1]."""
        color = QColor(getattr(self, name))
        color.setAlphaF(alpha)
        return color

    def names(self) -> list[str]:
        """Return the names of all colour roles."""
        return [field.name for field in fields(self) if field.name != "dark"]


LIGHT = Roles(
    background="#FAF9F6",
    panel="#F2F0EA",
    surface="#FFFFFF",
    line="#E2DED4",
    text="#1F2328",
    muted="#5B5F66",
    accent="#0B6E6E",
    accent_soft="#DCEDEA",
    on_accent="#FFFFFF",
    highlight="#FFE9A8",
    page_highlight="#FFE08A",
    page="#FFFFFF",
    warning="#8A5200",
    warning_soft="#FFF1D6",
    error="#A4262C",
    error_soft="#FBE3E4",
    shadow="#000000",
    dark=False,
)

DARK = Roles(
    background="#16181B",
    panel="#1C1F23",
    surface="#22262B",
    line="#31363D",
    text="#E8E6E1",
    muted="#A5A9B0",
    accent="#6CCBC0",
    accent_soft="#1F3A38",
    on_accent="#10201F",
    highlight="#5A4A16",
    page_highlight="#FFE08A",
    page="#F4F2EC",
    warning="#F0C074",
    warning_soft="#3A2E14",
    error="#FFB3B5",
    error_soft="#41211F",
    shadow="#000000",
    dark=True,
)

# Text roles and the roles they stand on; every pair must read at 4.5:1 (WCAG 2.2, 1.4.3).
PAIRS: tuple[tuple[str, str], ...] = (
    *(
        (text, ground)
        for text in ("text", "muted")
        for ground in ("background", "panel", "surface")
    ),
    *(("accent", ground) for ground in ("background", "panel", "surface", "accent_soft")),
    ("text", "accent_soft"),
    ("muted", "accent_soft"),
    ("on_accent", "accent"),
    ("text", "highlight"),
    ("warning", "warning_soft"),
    ("warning", "background"),
    ("text", "warning_soft"),
    ("error", "error_soft"),
    ("error", "surface"),
    ("text", "error_soft"),
)


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    parts = (linear(color.redF()), linear(color.greenF()), linear(color.blueF()))
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
