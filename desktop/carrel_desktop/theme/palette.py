"""Builds the QPalette from the roles, for everything that the stylesheet does not reach."""

from __future__ import annotations

from PySide6.QtGui import QPalette

from carrel_desktop.theme.roles import Roles

_ROLE = QPalette.ColorRole
_ASSIGNED = (
    (_ROLE.Window, "background"),
    (_ROLE.WindowText, "text"),
    (_ROLE.Base, "surface"),
    (_ROLE.AlternateBase, "panel"),
    (_ROLE.Text, "text"),
    (_ROLE.PlaceholderText, "muted"),
    (_ROLE.Button, "surface"),
    (_ROLE.ButtonText, "text"),
    (_ROLE.BrightText, "error"),
    (_ROLE.ToolTipBase, "surface"),
    (_ROLE.ToolTipText, "text"),
    (_ROLE.Highlight, "accent"),
    (_ROLE.HighlightedText, "on_accent"),
    (_ROLE.Accent, "accent"),
    (_ROLE.Link, "accent"),
    (_ROLE.LinkVisited, "accent"),
    (_ROLE.Light, "surface"),
    (_ROLE.Midlight, "line"),
    (_ROLE.Mid, "line"),
    (_ROLE.Dark, "muted"),
    (_ROLE.Shadow, "shadow"),
)


def palette(roles: Roles) -> QPalette:
    """Return a palette in which every group reads; disabled text is muted, never pale."""
    result = QPalette()
    for role, name in _ASSIGNED:
        result.setColor(role, roles.color(name))
    for role in (_ROLE.WindowText, _ROLE.Text, _ROLE.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, role, roles.color("muted"))
    return result
