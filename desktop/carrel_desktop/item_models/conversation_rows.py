"""Which headings conversations stand under, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from carrel.desk.conversation_requests import ConversationRow
from carrel_desktop.i18n import counted, locale, tr


class Line(NamedTuple):
    """A line of the list: a conversation, or a heading where `row` is None."""

    title: str
    row: ConversationRow | None = None


def lines(rows: Sequence[ConversationRow], today: date, searching: bool) -> list[Line]:
    """Conversations, newest first, under their headings: what is in memory only, what is pinned,
    folders by name, then days as of `today`. What a search found stands under one heading."""
    if searching:
        heading = counted(len(rows), "1 conversation", "{n} conversations")
        return [Line(heading), *(Line(row.title, row) for row in rows)] if rows else []
    groups: dict[tuple[int, str], list[ConversationRow]] = {}
    for row in rows:
        groups.setdefault(_group(row, today), []).append(row)
    found: list[Line] = []
    # Days keep the order in which they come, newest first; folders stand by name.
    for rank, heading in sorted(groups, key=lambda key: (key[0], _name(key))):
        found.append(Line(heading))
        found += [Line(row.title, row) for row in groups[rank, heading]]
    return found


_MEMORY, _PINNED, _FOLDER, _DAY = range(4)


def _group(row: ConversationRow, today: date) -> tuple[int, str]:
    if row.id < 0:
        return _MEMORY, tr("In memory only")
    if row.pinned:
        return _PINNED, tr("Pinned")
    if row.folder:
        return _FOLDER, row.folder
    return _DAY, period(datetime.fromtimestamp(row.updated).date(), today)


def _name(key: tuple[int, str]) -> str:
    return key[1].casefold() if key[0] == _FOLDER else ""


def period(day: date, today: date) -> str:
    """Return the heading that a day stands under, as seen from `today`."""
    if day >= today:
        return tr("Today")
    if day == today - timedelta(days=1):
        return tr("Yesterday")
    if day > today - timedelta(days=7):
        return tr("This week")
    month = locale().standaloneMonthName(day.month)
    return month if day.year == today.year else f"{month} {day.year}"
