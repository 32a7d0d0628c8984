"""`tr()` marks every sentence shown to people, so that a translation needs no second search."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLocale


def tr(text: str, /, **values: object) -> str:
    """Return `text` translated, with `{name}` places filled from `values`."""
    translated = QCoreApplication.translate("carrel", text)
    return translated.format(**values) if values else translated


def locale() -> QLocale:
    """Return the locale for numbers and dates; the bare C locale reads as English."""
    here = QLocale()
    return QLocale(QLocale.Language.English) if here.language() == QLocale.Language.C else here


def number(value: int) -> str:
    """Return an integer with the locale's thousands separators."""
    return locale().toString(value)


def counted(value: int, one: str, many: str) -> str:
    """Return a count with its noun: "1 passage", "1,204 passages"; `many` holds {n}."""
    return tr(one) if value == 1 else tr(many, n=number(value))


def size(value: int) -> str:
    """Return a count of bytes in decimal units, such as "98 MB"."""
    return locale().formattedDataSize(
        value, 0 if value < 10**9 else 1, QLocale.DataSizeFormat.DataSizeSIFormat
    )


def seconds(value: float) -> str:
    """Return a time that people wait, such as "0.14 s" or "1 min 14 s"."""
    if value < 10:
        return tr("{n} s", n=f"{value:.2g}")
    if value < 60:
        return tr("{n} s", n=round(value))
    return tr("{m} min {s} s", m=int(value // 60), s=int(value % 60))
