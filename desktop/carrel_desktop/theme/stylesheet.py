"""Builds the one stylesheet of the window from roles and metrics.

Widgets say what they are with the dynamic property `role` ("primary", "chip", "muted", ...); how
that looks stands here. `@name` is replaced by a colour role, `$name` by a length of the metrics.
"""

from __future__ import annotations

import re
from dataclasses import asdict

from carrel_desktop.theme.metrics import Metrics
from carrel_desktop.theme.roles import Roles

_SHEET = """
* { outline: none; }
QWidget { color: @text; }
QMainWindow, QDialog, QMessageBox, QWidget[role="page"] { background: @background; }
QWidget[role="panel"], QWidget[role="rail"] { background: @panel; }
QWidget[role="clear"], QScrollArea, QScrollArea > QWidget > QWidget[role="clear"] {
  background: transparent; border: none; }
QToolTip { background: @surface; color: @text; border: 1px solid @line; padding: $gap_tinypx; }
QWidget[role="rail"] { border-right: 1px solid @line; }
QSplitter::handle { background: @line; }
QSplitter::handle:hover { background: @accent; }
QFrame[role="line"] { background: @line; border: none; max-height: 1px; min-height: 1px; }
QWidget[role="header"] { border-bottom: 1px solid @line; }

QLabel { background: transparent; }
QLabel[role="title"] { font-weight: 600; }
QLabel[role="heading"] { font-size: $font_secondarypx; font-weight: 600; color: @muted; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="sub"] { color: @muted; font-size: $font_secondarypx; }
QLabel[role="strong-sub"] { color: @text; font-size: $font_secondarypx; font-weight: 600; }
QLabel[role="origin"] { color: @accent; font-size: $font_secondarypx; font-weight: 600; }
QLabel[role="origin-none"] { color: @warning; font-size: $font_secondarypx; font-weight: 600; }
QLabel[role="error"] { color: @error; }
QLabel[role="bubble"] { background: @accent_soft; border-radius: $radius_bubblepx;
  border-bottom-right-radius: $gap_tinypx; padding: $radiuspx $radius_bubblepx; }
QLabel[role="chip"] { color: @muted; background: @surface; border: 1px solid @line;
  border-radius: $radius_roundpx; padding: 4px 10px; font-size: $font_secondarypx;
  font-weight: 500; min-height: $font_answerpx; max-height: $font_answerpx; }
QLabel[role="good"], QLabel[role="warn"], QLabel[role="bad"] { font-size: $font_secondarypx;
  font-weight: 600; border-radius: $radius_pillpx; padding: 2px $gap_smallpx; }
QLabel[role="good"] { color: @accent; background: @accent_soft; }
QLabel[role="warn"] { color: @warning; background: @warning_soft; }
QLabel[role="bad"] { color: @error; background: @error_soft; }
QLabel[role="name"] { font-size: 13px; font-weight: 600; }
QLabel[role="small"] { font-size: $font_secondarypx; }
QLabel[role="number-on"] { color: @on_accent; background: @accent; font-size: $font_chippx;
  font-weight: 700; border-radius: $radius_pillpx; padding: 1px 6px; }
QLabel[role="number"] { color: @accent; background: @accent_soft; font-size: $font_chippx;
  font-weight: 700; border-radius: $radius_pillpx; padding: 1px 6px; }
QLabel[role="empty"] { color: @muted; font-size: $font_answerpx; }

QPushButton { background: @surface; color: @text; border: 1px solid @line; font-weight: 600;
  border-radius: $radius_smallpx; padding: 5px 11px; font-size: 13px; }
QPushButton:hover { border-color: @accent; }
QPushButton:focus { border: $focus_ringpx solid @accent; padding: 4px 10px; }
QPushButton:disabled { color: @muted; background: @panel; }
QPushButton:pressed { background: @accent_soft; }
QPushButton[role="primary"] { background: @accent; color: @on_accent; border-color: @accent; }
QPushButton[role="primary"]:hover { border-color: @text; }
QPushButton[role="primary"]:focus { border: $focus_ringpx solid @text; }
QPushButton[role="primary"]:disabled { background: @panel; color: @muted; border-color: @line; }
QPushButton[role="new"] { background: @accent; color: @on_accent; border-color: @accent;
  padding: 8px 12px; text-align: left; border-radius: $radiuspx; }
QLabel[role="on-accent"] { color: @on_accent; font-size: $font_secondarypx; }
QPushButton[role="new"]:hover { border-color: @text; }
QPushButton[role="new"]:focus { border: $focus_ringpx solid @text; padding: 7px 11px; }
QPushButton[role="link"], QPushButton[role="icon"] { background: transparent; color: @muted;
  border: 1px solid transparent; font-weight: 500; font-size: $font_secondarypx;
  padding: 3px 6px; }
QPushButton[role="link"]:hover, QPushButton[role="icon"]:hover { color: @accent;
  background: @accent_soft; }
QPushButton[role="link"]:focus, QPushButton[role="icon"]:focus { border: 1px solid @accent;
  color: @accent; }
QPushButton[role="chip"] { color: @accent; background: @surface; border: 1px solid @accent;
  border-radius: $radius_roundpx; padding: 4px 10px; font-size: $font_secondarypx;
  font-weight: 500; min-height: $font_answerpx; max-height: $font_answerpx; }
QPushButton[role="chip"]:focus { border: $focus_ringpx solid @accent; padding: 3px 9px; }
QPushButton[role="passage"] { border: 1px solid transparent; background: transparent;
  text-align: left; padding: 0; font-weight: 400; }
QPushButton[role="passage"]:hover { background: @surface; }
QPushButton[role="passage"]:checked { background: @accent_soft; }
QPushButton[role="passage"]:focus { border: 1px solid @accent; }

QWidget[role="segments"] { border: 1px solid @line; border-radius: $radiuspx;
  background: @surface; }
QPushButton[role="segment"] { border: 1px solid transparent; background: transparent;
  color: @muted; font-weight: 400; font-size: $font_secondarypx; border-radius: $radius_smallpx;
  padding: 4px 11px; }
QPushButton[role="segment"]:hover { color: @text; }
QPushButton[role="segment"]:checked { background: @accent_soft; color: @accent; font-weight: 600; }
QPushButton[role="segment"]:focus { border: 1px solid @accent; }

QToolButton[role="rail"] { background: transparent; color: @muted; border: 1px solid transparent;
  border-radius: 10px; font-size: $font_railpx; padding: 4px 0 3px 0; }
QToolButton[role="rail"]:hover { background: @surface; }
QToolButton[role="rail"]:checked { background: @accent_soft; color: @accent; font-weight: 600; }
QToolButton[role="rail"]:focus { border: 1px solid @accent; }
QToolButton::menu-indicator { image: none; width: 0; }

QLineEdit { background: @surface; color: @text; border: 1px solid @line; border-radius: $radiuspx;
  padding: 7px 10px; font-size: 13px; selection-background-color: @accent;
  selection-color: @on_accent; }
QLineEdit:focus { border: 1px solid @accent; }
QSpinBox { background: @surface; color: @text; border: 1px solid @line; border-radius: $radiuspx;
  padding: 5px 8px; font-size: 13px; selection-background-color: @accent;
  selection-color: @on_accent; }
QSpinBox::up-button, QSpinBox::down-button { subcontrol-origin: border; width: 0; border: none; }
QSpinBox:focus { border: 1px solid @accent; }
QLineEdit, QPlainTextEdit { placeholder-text-color: @muted; }
QTextBrowser[role="plain"], QPlainTextEdit[role="plain"] { background: transparent; border: none;
  selection-background-color: @accent; selection-color: @on_accent; }
QPlainTextEdit[role="plain"] { padding: 0; }
QTextBrowser[role="document"] { background: @surface; color: @text; border: 1px solid @line;
  border-radius: $radius_smallpx; padding: $gappx; selection-background-color: @accent;
  selection-color: @on_accent; }
QTextBrowser[role="document"]:focus { border-color: @accent; }

QListView { background: transparent; border: none; font-size: 13px; }
QListView[role="choices"]:focus { border: 1px solid @accent; border-radius: $radius_smallpx; }
QListView[role="choices"]::item { padding: 7px 10px; border-radius: $radius_smallpx; }
QListView[role="choices"]::item:selected { background: @accent_soft; color: @text; }
QTableView { background: @background; alternate-background-color: @background; border: none;
  gridline-color: transparent; font-size: 13px; selection-background-color: @accent_soft;
  selection-color: @text; }
QTableView:focus { border: 1px solid @accent; }
QTableView::item { border-bottom: 1px solid @line; padding: 0 7px; }
QTableView::item:selected { background: @accent_soft; color: @text; }
QHeaderView { background: @background; border: none; }
QHeaderView::section { background: @background; color: @muted; border: none; font-weight: 600;
  font-size: $font_secondarypx; border-bottom: 1px solid @line; padding: 7px 10px;
  text-align: left; }

QSlider { border: 1px solid transparent; border-radius: $radius_smallpx; min-height: 22px; }
QSlider:focus { border: 1px solid @accent; }
QSlider::groove:horizontal { height: $barpx; background: @line; border-radius: 3px;
  margin: 0 4px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 3px; margin: 0 4px; }
QSlider::sub-page:horizontal:disabled { background: @line; }
QSlider::handle:horizontal { background: @surface; border: 2px solid @accent; width: 10px;
  margin: -4px 0; border-radius: 7px; }
QSlider::handle:horizontal:disabled { border-color: @muted; }
QCheckBox { spacing: $gap_smallpx; border: 1px solid transparent; padding: 3px;
  border-radius: $radius_smallpx; font-size: 13px; font-weight: 600; }
QCheckBox:focus { border: 1px solid @accent; }
QCheckBox::indicator { width: $icon_smallpx; height: $icon_smallpx; border: 1px solid @muted;
  border-radius: $gap_tinypx; background: @surface; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; }
QComboBox { background: @surface; color: @text; border: 1px solid @line; font-size: 13px;
  border-radius: $radiuspx; padding: 6px 10px; }
QComboBox:focus { border: 1px solid @accent; }
QComboBox::drop-down { border: none; width: $gap_pagepx; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView { background: @surface; color: @text; border: 1px solid @line;
  selection-background-color: @accent_soft; selection-color: @text; }
QPlainTextEdit[role="field"] { background: @surface; color: @text; border: 1px solid @line;
  border-radius: $radiuspx; padding: 5px 8px; font-size: 13px;
  selection-background-color: @accent; selection-color: @on_accent; }
QPlainTextEdit[role="field"]:focus { border: 1px solid @accent; }
QWidget[role="chosen"] { background: @accent_soft; border-radius: $radius_smallpx; }
QWidget[role="thinking"] { background: @panel; border-radius: $radius_smallpx; }

QProgressBar { background: @line; border: none; border-radius: 3px; max-height: $barpx;
  min-height: $barpx; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QMenu { background: @surface; border: 1px solid @line; padding: $gap_tinypx; font-size: 13px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: $radius_pillpx; }
QMenu::item:selected { background: @accent_soft; color: @text; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }

QFrame[role="question"] { background: @accent_soft; border-radius: $radiuspx; }
QFrame[role="message-info"], QFrame[role="message-warning"], QFrame[role="message-error"] {
  border: none; border-bottom: 1px solid @line; }
QFrame[role="message-info"] { background: @accent_soft; }
QFrame[role="message-warning"] { background: @warning_soft; }
QFrame[role="message-error"] { background: @error_soft; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @line; border-radius: 4px; margin: 1px; min-height: 28px;
  min-width: 28px; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""


def stylesheet(roles: Roles, metrics: Metrics) -> str:
    """Return the stylesheet. Raises KeyError when it names an unknown role or length."""
    lengths = asdict(metrics)
    filled = re.sub(r"@([a-z_]+)", lambda match: str(asdict(roles)[match[1]]), _SHEET)
    return re.sub(r"\$([a-z_]+)px", lambda match: f"{lengths[match[1]]}px", filled)
